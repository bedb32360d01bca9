"""The theme store, on both databases."""

from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import delete, update

from feedback.disposition import Disposition
from feedback.errors import NanniError
from feedback.ports import Landing
from ledger import SqlLedger
from ledger.schema import theme_events
from ledger.themes import Mention, ThemeForm, ThemeVersion
from models.discovery.history import Act, ThemeEvent
from models.discovery.space import ThemeSpace
from tests.builders import NOON, a_batch, a_run

SPACE = ThemeSpace(
    np.array([0.5, -0.25, 0.0]), np.eye(3)[:, :2], np.array([[1.0, 0.0]]), np.array([0.3]), np.zeros(1, np.int64)
)
FORM = ThemeForm(0, "F-1", 12, 0.875, False, ("lamp", "bulb"))
VERSION = ThemeVersion(1, NOON, "amira", "words@1", "t", "d", "f", 60, SPACE, {"lamp": 9}, 4, 0, (FORM,))


def test_a_discovery_reads_back_as_it_was_kept(ledger: SqlLedger) -> None:
    with ledger.begin() as uow:
        assert uow.themes.latest() is None
        uow.themes.add(VERSION)
        uow.themes.add(replace(VERSION, number=2, forms=()))
    with ledger.read() as uow:
        first, latest = uow.themes.version(1), uow.themes.latest()
    assert first is not None and latest is not None and latest.number == 2
    assert replace(first, space=SPACE) == VERSION and first.ids == ("F-1",)
    for name in ("origin", "axes", "centres", "bars"):
        assert np.array_equal(getattr(first.space, name), getattr(SPACE, name))


def test_readings_are_kept_once_and_by_encoder(ledger: SqlLedger) -> None:
    code = np.array([1, -127, 0], np.int8)
    with ledger.begin() as uow:
        uow.themes.keep_codes({"aa": code}, "words@1")
        uow.themes.keep_codes({"aa": code * 0, "bb": code}, "words@1")
        found = uow.themes.codes(["aa", "bb", "cc"], "words@1")
        assert uow.themes.codes(["aa"], "words@2") == {}
    assert sorted(found) == ["aa", "bb"] and np.array_equal(found["aa"], code)


def test_the_theme_ledger_is_append_only_and_ids_are_never_given_twice(ledger: SqlLedger) -> None:
    events = [
        ThemeEvent(1, NOON, "amira", Act.BORN, "F-1", text="Lamp, bulb"),
        ThemeEvent(1, NOON, "amira", Act.MERGED, "F-2", ("F-1", "F-3"), 0.4375),
    ]
    with ledger.begin() as uow:
        uow.themes.add(VERSION)
        uow.themes.append(events)
        assert [*uow.themes.new_ids(2), *uow.themes.new_ids(1)] == ["F:1", "F:2", "F:3"]
    with ledger.read() as uow:
        assert uow.themes.events() == events
    for statement in (update(theme_events).values(theme="F-9"), delete(theme_events)):
        with pytest.raises(NanniError), ledger.begin() as uow:
            uow.connection.execute(statement)


def test_mentions_count_responses_by_their_latest_revision_and_joined_themes_once(ledger: SqlLedger) -> None:
    batch = a_batch([9.0, 9.0], ["The lamp flickers. No bay is free.", "The lamp is lovely."])
    with ledger.begin() as uow:
        uow.runs.start(a_run())
        uow.themes.add(VERSION)
        one, two = uow.responses.add("run-1", batch, [Landing(1, None, Disposition.QUIET)] * 2)
        (later,) = uow.responses.add("run-1", batch.take([1]), [Landing(2, None, Disposition.REVISED)])
        assert [row.response for page in uow.themes.comments(size=2) for row in page] == [one, two, later]
        assert [row.response for page in uow.themes.comments(latest=True) for row in page] == [one, later]
        assert [page[0].texts for page in uow.themes.comments(two)] == [("The lamp is lovely.",)]
        said = [
            Mention(one, 0, 0, 18, "F-1", 0.9), Mention(one, 0, 19, 34, "F-2", 0.8),
            Mention(two, 0, 0, 19, "F-1", 0.7), Mention(later, 0, 0, 19, "F-2", 0.95),
        ]  # fmt: skip
        uow.themes.mention(1, said, later)
        assert uow.themes.counts({}) == {"F-1": 1, "F-2": 2}
        assert uow.themes.counts({"F-2": "F-1"}) == {"F-1": 2}
        (nearest, *_) = uow.themes.nearest(["F-1", "F-2"], 3)
        assert nearest[2] == said[3] and nearest[3] == "The lamp is lovely."
        assert uow.themes.typical()["F-2"] == "The lamp is lovely." and set(uow.themes.typical()) == {"F-1", "F-2"}
        latest = uow.themes.latest()
        assert latest is not None and latest.assigned_to == later
        uow.themes.forget_mentions()
        assert uow.themes.counts({}) == {}
