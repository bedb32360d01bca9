"""Help while working, over a real ledger and the encoder that ships."""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from feedback.errors import ConfigError, NotFoundError
from ledger.personal import erase_customer
from models.encoder import TextEncoder
from nanni.cli import helping as commands
from nanni.cli.app import Common
from nanni.knowledge import advice, articles, missing, search, write_drafts
from nanni.parts import Parts
from nanni.replies import names, reply
from nanni.similar import similar
from nanni.ticket_texts import texts_of, vectors_of
from nanni.wiring import wire
from nanni.work import act
from tests.nanni.test_landing import NOW, ROW, Trusting, take
from tests.workspaces import make_workspace
from tickets.actions import Acted, resolve
from tickets.ticket import Closure, Ticket

COMMENTS = (
    "I was charged twice for one order.",
    "My card was debited two times, I want my money back.",
    "The courier left the parcel in the rain.",
    "The invoice shows the same charge again.",
    "Nobody at the till knew anything.",
)
KB = {
    "billing/double-charge.md": "---\ntitle: Charged twice\nthemes: billing\nroot_causes: [system]\n---\n"
    "# What to do\nOpen the payment, cancel the second booking, tell the customer how long the bank takes.\n",
    "wet-parcels.md": "# Parcels left outside\nAsk for a photo, send a new one at once.\n",
    "drafts/idea.md": "---\ndraft: true\n---\n# Charged twice, a draft\nCharged twice charged twice.\n",
}


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    folder = make_workspace(tmp_path / "workspace")
    for name, text in KB.items():
        (folder / "kb" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "kb" / name).write_text(text)
    (folder / "replies").mkdir()
    (folder / "replies" / "sorry.txt").write_text(
        "About {{ reference }}\n\nDear {{ name or 'customer' }}, sorry.\n{{ owner }}"
    )
    wired = wire(folder, lambda: NOW)
    wired.contracts["nps"] = Trusting()
    rows = [{**ROW, "id": f"R{i}", "email": f"c{i}@example.org", "comment": text} for i, text in enumerate(COMMENTS)]
    take(wired, "a.csv", *rows)
    for i, fixed in ((1, True), (2, True), (3, False)):
        done = Closure("product" if i != 2 else "process", f"Did {i}.", fixed)
        act(wired, f"N-{i + 1}", partial(_resolved, wired, done))
    yield wired
    wired.close()


def _resolved(parts: Parts, done: Closure, ticket: Ticket) -> Acted:
    return resolve(ticket, "amira", NOW, done, parts.workspace.sla.root_causes)


def test_similar_tickets_are_the_resolved_ones_nearest_first_with_what_fixed_them(parts: Parts) -> None:
    found = similar(parts, "N-1")
    assert (found[0].ticket, found[0].root_cause, found[0].action_taken) == ("N-2", "product", "Did 1.")
    assert "N-4" not in [one.ticket for one in found], "what did not help is no advice"
    assert similar(parts, "N-1", limit=0) == []
    with pytest.raises(NotFoundError):
        similar(parts, "N-99")


class Counting:
    """The shipped encoder, counting what it reads."""

    def __init__(self, encoder: TextEncoder) -> None:
        self._encoder, self.name, self.read = encoder, encoder.name, 0

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.read += len(texts)
        return self._encoder.vectors(texts)


def test_a_text_is_read_once_and_forgotten_with_its_customer(parts: Parts) -> None:
    encoder = Counting(parts.encoder)
    texts = texts_of(parts, ["N-1", "N-2"])
    first = vectors_of(parts, texts, encoder)
    again = vectors_of(parts, texts, encoder)
    assert np.array_equal(first, again) and encoder.read == 2
    changed = vectors_of(parts, {**texts, "N-1": "Something else."}, encoder)
    assert encoder.read == 3 and not np.array_equal(changed[0], first[0]) and np.array_equal(changed[1], first[1])
    with parts.ledger.begin() as uow:
        customer = uow.tickets.get("N-2").customer_id
        assert customer is not None
        erase_customer(uow, customer, at=NOW, actor="privacy-desk")
        assert set(uow.vectors.read(["N-1", "N-2"], encoder.name)) == {"N-1"}
    assert all(one.ticket != "N-2" for one in similar(parts, "N-1"))


def test_articles_are_found_by_meaning_and_by_words_and_drafts_are_not(parts: Parts) -> None:
    found = search(parts, "the customer paid two times")
    assert found[0].article == "billing/double-charge" and found[0].heading == "What to do"
    assert all("draft" not in one.article for one in found)
    assert search(parts, "photo")[0].article == "wet-parcels"
    assert search(parts, "  ") == []
    assert advice(parts, "N-3")[0].article == "wet-parcels"
    assert [one.id for one in articles(parts)] == ["billing/double-charge", "drafts/idea", "wet-parcels"]


def test_a_root_cause_that_recurs_without_an_article_gets_a_draft_once(parts: Parts) -> None:
    assert missing(parts, least=2)[0].root_cause == "product"
    (path, *_) = write_drafts(parts, least=2)
    text = path.read_text()
    assert "draft: true" in text and not any(comment in text for comment in COMMENTS) and "Did 1." not in text
    assert write_drafts(parts, least=2) == []


def test_a_bad_head_is_named(parts: Parts) -> None:
    (parts.workspace.folder / "kb" / "bad.md").write_text("---\nthemes: {a: b}\n---\n")
    with pytest.raises(ConfigError, match="themes"):
        articles(parts)


def test_a_ready_made_message_is_filled_and_a_wrong_one_is_said(parts: Parts) -> None:
    found = reply(parts, "N-1", "sorry")
    assert (found.subject, found.text) == (
        "About N-1",
        "Dear customer, sorry.\nAmira Khan\n",
    ) or "Ben Ode" in found.text
    assert names(parts) == ["sorry"]
    with pytest.raises(NotFoundError, match="no message 'thanks'") as refused:
        reply(parts, "N-1", "thanks")
    assert refused.value.allowed == "sorry"
    (parts.workspace.folder / "replies" / "bad.txt").write_text("Hi\n\n{{ password }}")
    with pytest.raises(ConfigError, match="password"):
        names(parts)


def test_the_commands(parts: Parts, capsys: pytest.CaptureFixture[str]) -> None:
    for as_json in (True, False):
        common = Common(parts.workspace.folder, json=as_json)
        verbs: tuple[Callable[[], None], ...] = (
            partial(commands.similar, "N-1", common=common),
            partial(commands.advice, "N-1", common=common),
            partial(commands.reply, "N-1", "sorry", common=common),
            partial(commands.replies, common=common),
            partial(commands.search, "charged twice", common=common),
            partial(commands.list_articles, common=common),
            partial(commands.gaps, common=common),
            partial(commands.draft, common=common),
        )
        for verb in verbs:
            verb()
            said = capsys.readouterr().out
            assert said.strip()
            if as_json:
                json.loads(said)
