from pathlib import Path

import pytest

from feedback.errors import ConfigError
from tickets.adapters.routing_file import load_routing
from tickets.routing import RoutingFacts
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
        ("fallback: {team: care, owner: head}", "", "fallback: Field required"),
        ("members: [{id: head, email: head@example.org}]", "members: []", r"routing.yaml:3: teams.1.members"),
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
