"""The recall contract from labelled comments to decisions, and the comments that a person reads first."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from feedback.disposition import Disposition
from feedback.errors import ConfigError
from models.adapters.contract_file import CONTRACT_FILE, read_contract, write_contract
from models.contract import RecallContract, make_contract
from models.sentiment import ScoreInput, SentimentScores, UnknownReason, WordWeight
from nanni.cli.commands import app
from nanni.explaining import explain
from nanni.ingestion import ingest_file
from nanni.parts import Parts
from nanni.settings import load_settings
from nanni.wiring import wire
from tests.models.fakes import labelled_sample
from tests.workspaces import make_workspace, write_csv
from triggers.decision import AMBIGUOUS, TextSpan

NOW = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
POLICY = """
ambiguous: review
rules:
  - id: sounds
    severity: high
    owner: cx
    reason: It sounds bad.
    when: {sentiment: {is: negative, at_least: contract}}
"""


class BadWords:
    """Negative by its words: "rude" surely, "meh" perhaps, else not; points at "rude"."""

    model_id = "bad-words@1"

    def score(self, batch: Sequence[ScoreInput]) -> SentimentScores:
        chances = [(0.9, 0.1, 0.0) if "rude" in i.text else (0.5, 0.4, 0.1) if "meh" in i.text else (0.1, 0.1, 0.8)
                   for i in batch]  # fmt: skip
        reasons: tuple[UnknownReason | None, ...] = (None,) * len(batch)
        return SentimentScores(self.model_id, np.array(chances, np.float32).reshape(len(batch), 3), reasons)

    def explain(self, items: Sequence[ScoreInput]) -> list[tuple[WordWeight, ...]]:
        return [tuple(WordWeight(*word.span(), 0.5) for word in re.finditer("rude", item.text)) for item in items]


def a_contract(miss_at_most: float = 0.1) -> RecallContract:
    labels, probabilities = labelled_sample(np.random.default_rng(0), 900)
    return make_contract("bad-words@1", labels, probabilities, miss_at_most)


def a_workspace(folder: Path, contract: RecallContract | None = None) -> Path:
    make_workspace(folder)
    (folder / "policy.yaml").write_text(POLICY)
    if contract is not None:
        write_contract(contract, folder / CONTRACT_FILE)
    return folder


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    wired = wire(a_workspace(tmp_path / "workspace", a_contract()), lambda: NOW)
    wired.__dict__["model"] = BadWords()
    yield wired
    wired.close()


def take(parts: Parts, *comments: str) -> dict[Disposition, int]:
    rows = [
        {"id": f"R{i}", "at": "2026-03-09 08:00:00", "score": "9", "comment": text, "email": "", "store": "York"}
        for i, text in enumerate(comments)
    ]
    path = write_csv(parts.workspace.folder / "inbox" / "a.csv", rows)
    counts = ingest_file(parts, parts.workspace.survey("nps"), path).run.counts or {}
    return {kind: count for kind, count in counts.items() if count}


def test_the_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    contract = a_contract()
    write_contract(contract, tmp_path / CONTRACT_FILE)
    assert read_contract(tmp_path / CONTRACT_FILE) == contract
    assert read_contract(tmp_path / "other.json") is None
    (tmp_path / CONTRACT_FILE).write_text('{"model": "x"}')
    with pytest.raises(ConfigError, match="no operating point can be read here"):
        read_contract(tmp_path / CONTRACT_FILE)


def test_ambiguous_comments_are_held_and_told_and_the_counts_agree(
    parts: Parts, capsys: pytest.CaptureFixture[str]
) -> None:
    limits = parts.workspace.limits
    assert limits is not None and 0.1 < limits.contract < 0.5
    contract = parts.workspace.contract
    assert contract is not None and 0 < contract.reviewed_share < contract.point.tickets_share
    counts = take(parts, "They were rude to me.", "It was meh.", "Lovely.")
    assert counts == {Disposition.OPENED: 1, Disposition.HELD: 1, Disposition.QUIET: 1}
    (held,) = explain(parts, "R1", None)
    assert (held.stored.disposition, held.stored.disposition_reason) == (Disposition.HELD, AMBIGUOUS)
    app(["review", "held", "--ambiguous", "--json", "-w", str(parts.workspace.folder)], result_action="return_value")
    assert [one["response_id"] for one in json.loads(capsys.readouterr().out)] == ["R1"]
    assert held.recomputed and "ambiguous, it may be negative or neutral" in held.trace.rules[0].evidence.reason


def test_the_words_that_moved_the_model_are_stored_and_quoted(parts: Parts) -> None:
    take(parts, "They were rude to me.")
    (opened,) = explain(parts, "R0", None)
    assert not opened.recomputed
    assert opened.trace.rules[0].evidence.spans == (TextSpan("why", 10, 14),)
    with parts.ledger.read() as uow:
        assert "most of all in “rude”" in uow.tickets.events("N-1")[0].note


def test_a_comment_no_word_of_which_moves_the_model_is_evidence_as_a_whole(parts: Parts) -> None:
    class Speechless(BadWords):
        def explain(self, items: Sequence[ScoreInput]) -> list[tuple[WordWeight, ...]]:
            return [() for _ in items]

    parts.__dict__["model"] = Speechless()
    take(parts, "They were rude to me.")
    (opened,) = explain(parts, "R0", None)
    assert opened.trace.rules[0].evidence.spans == (TextSpan("why", 0, 21),)


def test_another_model_than_the_labelled_comments_had_is_refused(tmp_path: Path) -> None:
    wired = wire(a_workspace(tmp_path / "workspace", a_contract()), lambda: NOW)
    with pytest.raises(ConfigError, match="picked for bad-words@1, comments are scored by none"):
        take(wired, "They were rude to me.")
    wired.close()


def test_an_operating_point_that_promises_less_than_asked_is_refused(tmp_path: Path) -> None:
    folder = a_workspace(tmp_path / "workspace", a_contract(0.2))
    (folder / "nanni.yaml").write_text("sentiment: {model: none, miss_at_most: 0.05}")
    with pytest.raises(ConfigError, match=r"at most 20\.0% with confidence 95%; nanni.yaml asks for 5\.0%"):
        wire(folder)


def test_the_command_prices_the_contract_and_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = a_workspace(tmp_path / "workspace")
    (folder / "nanni.yaml").write_text("sentiment: {model: default}")
    bad, good = "Rude, slow and far too expensive, visit {}.", "Wonderful service, thank you, visit {}."
    rows = [f'"{text.format(i)}",{label}' for i in range(30) for text, label in ((bad, 5), (good, 1))]
    (tmp_path / "labelled.csv").write_text("\n".join(["answer,sentiment", *rows]))
    words = (
        f"model operating-point {tmp_path / 'labelled.csv'} --text answer --label sentiment --map 1=positive,5=negative"
    )
    command = [*words.split(), "--miss-at-most", "0.1", "-w", str(folder)]
    app([*command, "--json"], result_action="return_value")
    found = json.loads(capsys.readouterr().out)
    assert found["written"] is None and not (folder / CONTRACT_FILE).exists()
    assert [price["miss_at_most"] for price in found["prices"]] == [0.1, 0.15, 0.2, 0.3]
    assert found["point"]["negatives"] == 30 and found["point"]["recall_lower"] >= 0.9
    app([*command, "--write"], result_action="return_value")
    assert "Per 1,000 comments" in capsys.readouterr().out
    wired = wire(folder)
    limits = wired.workspace.limits
    wired.close()
    assert limits is not None and limits.contract == found["point"]["threshold"]
    with pytest.raises(ConfigError, match="30 negative comments cannot show that at most 1% are missed"):
        app([*command[:-4], "--miss-at-most", "0.01", "-w", str(folder)], result_action="return_value")
    for option in ("--miss-at-most", "--confidence", "--ambiguous"):
        with pytest.raises(ConfigError, match=f"{option} is 0.*share between 0 and 1"):
            app([*command[:-4], option, "0", "-w", str(folder)], result_action="return_value")


def test_a_model_folder_counts_from_the_workspace(tmp_path: Path) -> None:
    folder = make_workspace(tmp_path / "workspace", model="models/ours")
    assert load_settings(folder, {}).file.sentiment.model == "models/ours"
    (folder / "models" / "ours").mkdir(parents=True)
    (folder / "models" / "ours" / "manifest.json").write_text("{}")
    assert load_settings(folder, {}).file.sentiment.model == str((folder / "models" / "ours").resolve())
