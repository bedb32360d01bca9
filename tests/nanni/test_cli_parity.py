"""Every verb of the inner loop answers `--json` with one JSON document: one table, and no verb is left out of it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nanni.cli.commands import app
from nanni.cli.helping import kb
from nanni.cli.routing import routing
from nanni.cli.sla import sla
from nanni.cli.tickets import tickets
from tests.nanni.test_cli import aged
from tests.workspaces import make_workspace, write_csv

ROW = {"at": "2026-03-09 08:00:00", "score": "2", "comment": "", "email": "", "store": "Leeds"}
CLOSING = """
messages: [acknowledgement, resolution, survey, reply]
survey: {after: 30m, lasts: 14d, url: "https://feedback.example"}
reopen: {within: 72h, unhappy_at_most: 2}
close_after: 6d
checklist: [{id: called, says: The customer was called.}]
"""
RESOLVE = ("--root-cause", "product", "--action", "Sent a new lamp.", "--resolved")
WHY = ("--reason", "as a test")
TABLE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("tickets", ("list",)),
    ("tickets", ("show", "N-1")),
    ("tickets", ("acknowledge", "N-1", "--by", "amira", "--seen", "4")),
    ("tickets", ("start", "N-1")),
    ("tickets", ("contact", "N-1", "--how", "phone")),
    ("tickets", ("wait", "N-1")),
    ("tickets", ("hold", "N-2")),
    ("tickets", ("assign", "N-1", "ben", *WHY)),
    ("tickets", ("priority", "N-1", "high", *WHY)),
    ("tickets", ("escalate", "N-1", "--to", "amira", *WHY)),
    ("tickets", ("note", "N-1", "Ask @amira about the lamp.")),
    ("tickets", ("watch", "N-1", "amira")),
    ("tickets", ("unwatch", "N-1", "amira")),
    ("tickets", ("tag", "N-1", "refund")),
    ("tickets", ("untag", "N-1", "refund")),
    ("tickets", ("cite", "N-1", "lamps")),
    ("tickets", ("consent", "N-1", "refused")),
    ("tickets", ("consent", "N-1", "allowed")),
    ("tickets", ("remind", "N-1", "ben", "--at", "2031-01-01 09:00")),
    ("tickets", ("reminders",)),
    ("tickets", ("send-reminders",)),
    ("tickets", ("drop-reminder", "N-1", "{number}")),
    ("tickets", ("attach", "N-1", "{file}")),
    ("tickets", ("files", "N-1")),
    ("tickets", ("save-file", "N-1", "{number}", "{copy}")),
    ("tickets", ("detach", "N-1", "{number}")),
    ("tickets", ("categorise",)),
    ("tickets", ("correct", "N-1", "staff")),
    ("tickets", ("learn-categories",)),
    ("tickets", ("causes",)),
    ("tickets", ("checklist",)),
    ("tickets", ("check", "N-1", "called")),
    ("tickets", ("replies",)),
    ("tickets", ("reply", "N-1", "sorry")),
    ("tickets", ("write", "N-1", "--reply", "sorry")),
    ("tickets", ("advice", "N-1")),
    ("tickets", ("similar", "N-1")),
    ("tickets", ("merge", "N-2", "--into", "N-1", *WHY)),
    ("tickets", ("unmerge", "N-2", *WHY)),
    ("tickets", ("resolve", "N-2", *RESOLVE)),
    ("tickets", ("split", "N-1", "--response", "R1b", "--theme", "delivery", *WHY)),
    ("tickets", ("resolve", "N-1", *RESOLVE)),
    ("tickets", ("survey", "N-1")),
    ("tickets", ("answer", "{token}", "5", "--comment", "Thank you.")),
    ("tickets", ("reopen", "N-1", *WHY)),
    ("tickets", ("close", "N-3", *RESOLVE, "--checked", "called")),
    ("tickets", ("close-the-loop",)),
    ("tickets", ("story", "N-1")),
    ("routing", ("explain", "N-1")),
    ("routing", ("coverage",)),
    ("routing", ("queue",)),
    ("routing", ("drain",)),
    ("routing", ("hand-over",)),
    ("sla", ("show", "N-1")),
    ("sla", ("escalate",)),
    ("sla", ("record",)),
    ("sla", ("facts",)),
    ("sla", ("reproject", "--before", "{sla}")),
    ("sla", ("recompute",)),
    ("kb", ("list",)),
    ("kb", ("search", "lamp")),
    ("kb", ("gaps",)),
    ("kb", ("draft",)),
    ("audit", ("--chain",)),
)
"""Groups and words of one session, in the order in which they are said."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = make_workspace(tmp_path_factory.mktemp("parity") / "w")
    (made / "closing.yaml").write_text(CLOSING)
    (made / "initiatives.yaml").write_text(
        "initiatives: [{id: lamps, title: Better lamps, owner: amira, themes: [staff], started: 2026-01-05, "
        "expected: 0.3, expected_by: 2026-06-01}]"
    )
    (made / "kb").mkdir()
    (made / "kb" / "lamps.md").write_text("---\ntitle: Lamps\n---\nA lamp that is broken is replaced.\n")
    (made / "replies").mkdir()
    (made / "replies" / "sorry.txt").write_text("About your visit\n\nWe are sorry.\n")
    (made / "note.txt").write_text("A plain note.\n")
    said = {"R1": "The staff were rude.", "R1b": "Your staff again.", "R2": "The courier was late.", "R3": ""}
    mails = {"R1": "ann", "R1b": "ann", "R2": "ann", "R3": "bea"}
    rows = [{**ROW, "id": k, "comment": v, "email": f"{mails[k]}@example.org"} for k, v in said.items()]
    aged(write_csv(made / "inbox" / "one.csv", rows))
    return made


Say = Callable[..., Any]


@pytest.fixture
def say(folder: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Say]:
    def said(*words: str) -> Any:
        app([*words, "-w", str(folder), "--json"], result_action="return_value")
        return json.loads(capsys.readouterr().out)

    yield said


def test_every_verb_answers_in_json(say: Say, folder: Path) -> None:
    say("ingest", "--direct")
    names = {"file": str(folder / "note.txt"), "copy": str(folder / "copy.txt"), "sla": str(folder / "sla.yaml")}
    for group, words in TABLE:
        told = say(group, *(word.format(**names) for word in words))
        assert told is not None, (group, words)
        if words[0] in ("reminders", "files"):
            names["number"] = str(told[0]["number"])
        if words[0] == "survey":
            names["token"] = told["address"].rsplit("/", 1)[1]


@pytest.mark.parametrize(("group", "verbs"), [("tickets", tickets), ("routing", routing), ("sla", sla), ("kb", kb)])
def test_no_verb_is_left_out(group: str, verbs: Any) -> None:
    named = {verb for verb in verbs if not verb.startswith("-")}
    assert named == {words[0] for one, words in TABLE if one == group}
