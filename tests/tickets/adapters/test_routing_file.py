from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedback.errors import ConfigError
from tickets.adapters.routing_file import load_routing
from tickets.routing import Routing, RoutingFacts, Strategy
from triggers.policy import Severity

GOOD = """\
teams:
  - {id: stores, name: Stores, members: [{id: amira, name: Amira Khan, email: amira@example.org, capacity: 20}]}
  - {id: care, members: [{id: head, email: head@example.org}]}
routes:
  - {when: {theme: billing, severity: [critical, high], language: de, attributes: {region: North}}, team: stores}
  - {when: {survey: [web_csat, app_ces]}, team: care}
fallback: {team: care, owner: head}
"""


def load(folder: Path, text: str) -> None:
    path = folder / "routing.yaml"
    path.write_text(text)
    load_routing(path)


def test_a_routing_file_routes(tmp_path: Path) -> None:
    path = tmp_path / "routing.yaml"
    path.write_text(GOOD)
    routing = load_routing(path)
    facts = RoutingFacts(Severity.HIGH, "store_nps", "billing", "de", None, (("region", "North"),))
    assert routing.route(facts, {}).owner == "amira"
    assert routing.route(RoutingFacts(Severity.LOW, "app_ces"), {}).team == "care"
    assert routing.route(RoutingFacts(Severity.LOW, "other"), {}).owner == "head"
    assert (routing.member("amira").capacity, routing.member("head").name) == (20, "head")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "team: stores}\n  - {when: {s",
            "team: shops}\n  - {when: {s",
            r"routes\[0\].team: unknown team 'shops'. Allowed",
        ),
        ("owner: head", "owner: amira", "fallback.owner: 'amira' is no member of care. Allowed: head"),
        ("fallback: {team: care", "fallback: {team: nobody", "fallback.team: unknown team 'nobody'"),
        ("fallback: {team: care, owner: head}", "", "fallback: has to be given"),
        ("members: [{id: head, email: head@example.org}]", "members: []", r"routing.yaml:3: teams.care.members"),
        ("head@example.org", "head", "not a mail address"),
        ("severity: [critical, high]", "severity: [awful]", "routing.yaml:5: .*awful"),
        ("capacity: 20", "capacity: 0", "routing.yaml:2: .*capacity"),
        ("id: care", "id: stores", "defined twice"),
        ("{survey: [web_csat, app_ces]}", "{}", "a route without conditions"),
        ("{survey: [", "{surveys: [", "surveys: unknown field"),
    ],
)
def test_what_could_leave_a_ticket_without_owner_does_not_load(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in GOOD
    with pytest.raises(ConfigError, match=message):
        load(tmp_path, GOOD.replace(old, new))


RICH = """\
timezone: Europe/London
teams:
  - id: care
    members:
      - id: head
        email: head@example.org
        skills: [refunds]
        languages: [en, de]
        hours: {timezone: Europe/Berlin, hours: {mon: ["09:00-17:00"]}}
        absences: [{from: 2026-03-09, until: 2026-03-13, delegate: ben}]
      - {id: ben, email: ben@example.org}
routes:
  - {when: {survey: web_csat}, team: care, assign: round_robin, skills: refunds, speaks: true}
  - {when: {survey: store_nps}, team: care, assign: hierarchy}
  - {when: {survey: b2b}, team: care, assign: account_owner, account_attribute: manager}
hierarchy: {levels: {store: {Leeds: ben}}, head_office: head}
fallback: {team: care, owner: head}
"""


def rich(folder: Path, text: str = RICH) -> Routing:
    path = folder / "routing.yaml"
    path.write_text(text)
    return load_routing(path)


def test_people_strategies_and_places_are_read(tmp_path: Path) -> None:
    routing = rich(tmp_path)
    head = routing.member("head")
    assert (head.skills, head.languages) == (frozenset({"refunds"}), ("en", "de"))
    assert [route.strategy for route in routing.routes] == [
        Strategy.ROUND_ROBIN,
        Strategy.HIERARCHY,
        Strategy.ACCOUNT_OWNER,
    ]
    assert routing.takes_turns
    now = datetime(2026, 3, 9, 12, tzinfo=UTC)
    assert routing.roster.stand_in("head", now) == "ben"
    leeds = RoutingFacts(Severity.LOW, "store_nps", attributes=(("store", "LEEDS"),))
    assert routing.route(leeds, {}, now).owner == "ben"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("delegate: ben", "delegate: zoe", "unknown member 'zoe'"),
        ("Leeds: ben", "Leeds: zoe", r"hierarchy.levels.store.Leeds"),
        ("head_office: head", "head_office: zoe", "unknown member 'zoe'"),
        ("until: 2026-03-13", "until: 2026-03-01", "ends before it starts"),
        ("skills: refunds", "skills: law", "nobody of care has law"),
        ("hierarchy: {levels: {store: {Leeds: ben}}, head_office: head}\n", "", "no `hierarchy` to look up"),
        ("delegate: ben", "delegate: head", "stand in for each other"),
        ("timezone: Europe/London", "timezone: Moon", "not an IANA time zone"),
    ],
)
def test_mistakes_in_people_and_places_are_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        rich(tmp_path, RICH.replace(old, new))


def test_an_absence_says_whether_it_hands_over(tmp_path: Path) -> None:
    members = """[
      {id: a, email: a@example.org, absences: [{from: 2026-03-02, until: 2026-03-03}]},
      {id: b, email: b@example.org, absences: [{from: 2026-03-02, until: 2026-03-02}]},
      {id: c, email: c@example.org, absences: [{from: 2026-03-02, until: 2026-03-02, tickets: hand_over}]},
      {id: d, email: d@example.org, absences: [{from: 2026-03-02, until: 2026-03-09, tickets: keep}]}]"""
    path = tmp_path / "routing.yaml"
    text = f"teams: [{{id: t, members: {members}}}]\nfallback: {{team: t, owner: a}}\nhand_over_absences_of: 2\n"
    path.write_text(text)
    absences = load_routing(path).roster.absences
    assert {name: one.hands_over for name, (one,) in absences.items()} == {"a": True, "b": False, "c": True, "d": False}
