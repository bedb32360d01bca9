"""Discovered themes of a workspace, over a real ledger."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from feedback.errors import ConfigError, NotFoundError
from ledger.personal import erase_customer
from ledger.schema import found_mentions, segment_vectors
from models.discovery.discover import DiscoverySettings
from models.discovery.grouping import GroupSettings
from models.discovery.history import Act, KnownTheme
from models.discovery.tree import TreeSettings
from nanni.cli import themes as commands
from nanni.cli.app import Common
from nanni.found_themes import discover_themes, former
from nanni.outer_loop import refresh
from nanni.parts import Parts
from nanni.theme_mentions import assign_new
from nanni.theme_then import name_then, warehouse_then
from nanni.theme_views import history, join, listed, pin, rename, told
from nanni.wiring import wire
from outerloop.adapters.duckdb_warehouse import open_reader
from outerloop.theme_reports import themes_ranked
from tests.models.discovery.texts import WordEncoder, sentences
from tests.nanni.test_landing import NOW, ROW, Trusting, take
from tests.workspaces import make_workspace

SETTINGS = DiscoverySettings(groups=GroupSettings(subsets=3, tree=TreeSettings(neighbours=15)))


def said(parts: Parts, name: str, texts: list[str]) -> None:
    rows = [{**ROW, "id": f"{name}-{at}", "email": f"{name}{at}@example.org", "score": "9", "comment": text}
            for at, text in enumerate(texts)]  # fmt: skip
    take(parts, f"{name}.csv", *rows)


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    wired = wire(make_workspace(tmp_path / "workspace"), lambda: NOW)
    wired.contracts["nps"] = Trusting()
    wired.encoder = WordEncoder()
    said(wired, "a", [*sentences("parking", 25), *sentences("cafe", 25), *sentences("lighting", 25)])
    said(wired, "b", [f"{sentences('parking', 1)[0]}. The courier was rude. {sentences('cafe', 1)[0]}."])
    yield wired
    wired.close()


def count(parts: Parts, table: object) -> int:
    with parts.ledger.read() as uow:
        return len(uow.connection.execute(table.select()).all())  # type: ignore[attr-defined]


def test_discovering_twice_changes_nothing_and_a_week_more_keeps_the_ids(parts: Parts) -> None:
    first = discover_themes(parts, "amira", SETTINGS)
    again = discover_themes(parts, "amira", SETTINGS)
    assert first.new and not again.new and again.fingerprint == first.fingerprint and again.mentions == 0
    assert len(history(parts)) == first.themes == first.fates["born"]
    said(parts, "c", sentences("cafe", 30)[-3:])
    later = discover_themes(parts, "amira", SETTINGS)
    assert later.new and later.version == 2 and later.fates == {"kept": first.themes}
    assert 0 < later.mentions <= 3, "nobody is asked again"
    assert all(one.jaccard is not None for one in history(parts) if one.act is Act.KEPT)
    with parts.ledger.read() as uow:
        latest = uow.themes.latest()
    assert latest and former(latest, NOW).weight == 1, "time ends themes, not looking often"
    assert former(latest, NOW + timedelta(weeks=2)).weight == pytest.approx(0.75**2)


def test_a_comment_has_several_themes_with_their_places_and_none_where_the_taxonomy_has_one(parts: Parts) -> None:
    discover_themes(parts, "amira", SETTINGS)
    with parts.ledger.read() as uow:
        row = uow.responses.find("b-0")
        found = [one for one in uow.connection.execute(found_mentions.select()).all() if one.response == row.id]
    text = row.response.comments[0].text
    spans = {text[one.span_start : one.span_end]: one.theme for one in found}
    assert len(spans) == 2 and len(set(spans.values())) == 2
    assert not any("courier" in span for span in spans)


def test_later_responses_are_assigned_by_a_refresh(parts: Parts) -> None:
    discover_themes(parts, "amira", SETTINGS)
    before, readings = {one.id: one.responses for one in listed(parts)}, count(parts, segment_vectors)
    said(parts, "c", sentences("parking", 30)[-5:] + sentences("parking", 2))
    refresh(parts)
    after = {one.id: one.responses for one in listed(parts)}
    assert sum(after.values()) > sum(before.values()) and assign_new(parts) == 0
    assert count(parts, segment_vectors) <= readings + 5, "equal words are read once"


def test_reports_of_the_warehouse_tell_discovered_themes_beside_the_taxonomy(parts: Parts) -> None:
    refresh(parts)
    discover_themes(parts, "amira", SETTINGS)
    said(parts, "c", sentences("parking", 30)[-5:])
    refresh(parts)
    with open_reader(parts.workspace.settings.warehouse) as warehouse:
        ranked = themes_ranked(warehouse).set_index("theme").mentions
    shown = {one.id: one.responses for one in listed(parts) if not one.tentative}
    assert {theme: int(count) for theme, count in ranked.items() if ":" in str(theme)} == shown and "delivery" in ranked
    first, second, *_ = shown
    join(parts, second, first, "amira")
    told_anew = refresh(parts)
    assert told_anew["content_hash"] == refresh(parts, whole=True)["content_hash"]
    with open_reader(parts.workspace.settings.warehouse) as warehouse:
        ranked = themes_ranked(warehouse).set_index("theme").mentions
    assert second not in ranked and int(ranked[first]) == listed(parts)[0].responses


def test_what_an_analyst_says_survives(parts: Parts) -> None:
    discover_themes(parts, "amira", SETTINGS)
    first, second, *_ = (one.id for one in listed(parts))
    rename(parts, first, "Car park", "amira")
    join(parts, second, first, "amira")
    pin(parts, first, True, "amira")
    assert not discover_themes(parts, "amira", SETTINGS).new, "a pin by itself changes nothing"
    said(parts, "c", sentences("assembly", 30))
    later = discover_themes(parts, "amira", SETTINGS)
    assert later.version == 2
    shown = {one.id: one for one in listed(parts)}
    assert shown[first].name == "Car park" and shown[first].pinned and second not in shown
    assert shown[first].joined == (second,)
    story = told(parts, second)
    assert story.theme.id == first and len({quote.text for quote in story.quotes}) == len(story.quotes) == 5
    assert [one.act for one in story.events if one.act in (Act.RENAMED, Act.JOINED, Act.PINNED)] == [Act.JOINED]
    with pytest.raises(ConfigError, match="one theme already"):
        join(parts, second, first, "amira")
    with pytest.raises(ConfigError, match="needs a name"):
        rename(parts, first, " ", "amira")


def test_an_old_discovery_tells_todays_responses_and_says_what_its_themes_are_called_today(parts: Parts) -> None:
    discover_themes(parts, "amira", SETTINGS)
    before = {one.id: (one.responses, one.terms) for one in listed(parts)}
    said(parts, "c", sentences("assembly", 30))
    discover_themes(parts, "amira", SETTINGS)
    then = listed(parts, 1)
    assert {one.id for one in then} == set(before) and all(one.terms == before[one.id][1] for one in then)
    assert all(one.responses >= before[one.id][0] for one in then), "the new responses are told too"
    assert all(one.today for one in then)
    assert listed(parts, 2) == listed(parts)
    refresh(parts)
    with open_reader(parts.workspace.settings.warehouse) as warehouse:
        now = themes_ranked(warehouse).set_index("theme").mentions
    for number, shown in ((1, then), (2, listed(parts, 2))):
        with warehouse_then(parts, number) as warehouse:
            ranked = themes_ranked(warehouse).set_index("theme").mentions
        firm = {one.id: one.responses for one in shown if not one.tentative}
        assert {theme: int(count) for theme, count in ranked.items() if ":" in str(theme)} == firm
    assert ranked.to_dict() == now.to_dict(), "and back: the latest one tells what the warehouse tells"


def test_errors_say_what_to_do(parts: Parts) -> None:
    with pytest.raises(NotFoundError, match="no themes were discovered yet"):
        listed(parts)
    discover_themes(parts, "amira", SETTINGS)
    for act in (lambda: listed(parts, 7), lambda: told(parts, "F-99"), lambda: rename(parts, "F-99", "x", "amira")):
        with pytest.raises(NotFoundError):
            act()


def test_erasing_a_person_takes_readings_and_mentions(parts: Parts) -> None:
    discover_themes(parts, "amira", SETTINGS)
    readings = count(parts, segment_vectors)
    with parts.ledger.begin() as uow:
        customer = uow.responses.find("b-0").customer_id
        number = uow.responses.find("b-0").id
        assert customer is not None
        erase_customer(uow, customer, at=NOW, actor="privacy-desk")
    with parts.ledger.read() as uow:
        left = uow.connection.execute(found_mentions.select()).all()
    assert not any(one.response == number for one in left)
    assert count(parts, segment_vectors) < readings


def test_the_commands_print_and_tell(parts: Parts, capsys: pytest.CaptureFixture[str]) -> None:
    discover_themes(parts, "amira", SETTINGS)
    here = Common(parts.workspace.folder, True)
    commands.list_themes(common=here)
    shown = json.loads(capsys.readouterr().out)
    theme = shown[0]["id"]
    assert all(one["example"] for one in shown)
    commands.rename(theme, "Bright lights", common=here)
    commands.pin(theme, common=here)
    commands.merge(shown[1]["id"], into=theme, common=here)
    capsys.readouterr()
    for run in (commands.list_themes, commands.history):
        run(common=Common(parts.workspace.folder))
    commands.show_theme(theme, common=Common(parts.workspace.folder))
    out = capsys.readouterr().out
    assert "Bright lights" in out and "joined" in out and "pinned" in out


def test_all_themes_can_be_found_anew_and_ids_stay_by_their_texts(parts: Parts) -> None:
    first = discover_themes(parts, "amira", SETTINGS)
    again = discover_themes(parts, "amira", SETTINGS, anew=True)
    assert again.new and again.version == 2 and again.fates == {"kept": first.themes}
    assert again.mentions == first.mentions, "everybody is asked again"


def test_a_theme_that_ended_is_told_with_what_it_is_called_today() -> None:
    heir = KnownTheme("F:2", "Bays", 1)
    themes = {"F:1": KnownTheme("F:1", "Parking", 1, ended=2, heirs=("F:2",)), "F:2": heir,
              "F:3": KnownTheme("F:3", "Fair", 1, ended=2)}  # fmt: skip
    assert name_then("F:1", themes) == "Parking (today: Bays)" and name_then("F:3", themes) == "Fair (today: none)"
    assert name_then("F:2", themes) == "Bays"
