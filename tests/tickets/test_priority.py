"""The priority table: first row that holds, unknown holds nothing, severity alone when no row does."""

from dataclasses import replace
from pathlib import Path

import pytest

from feedback.errors import ConfigError
from tests.tickets.builders import NOW, ROUTING, SLA, candidate, keys, opened
from tickets.adapters.sla_file import load_sla
from tickets.episodes import episodes_of
from tickets.opening import plan
from tickets.priority import PriorityFacts, PriorityRow, PriorityTable
from tickets.sla import DEFAULT_PRIORITIES
from tickets.ticket import Priority
from triggers.policy import Severity

TABLE = PriorityTable(
    rows=(
        PriorityRow(Priority.URGENT, (Severity.HIGH, Severity.CRITICAL), tiers=("Gold",)),
        PriorityRow(Priority.URGENT, impact_at_least=1000),
        PriorityRow(Priority.HIGH, negative_at_least=0.9, contacts_at_least=2),
    ),
    impact_attribute="order_value",
)


def rated(severity: Severity = Severity.MEDIUM, **facts: object) -> tuple[Priority, str]:
    found = TABLE.rate(PriorityFacts(severity, **facts), DEFAULT_PRIORITIES)  # type: ignore[arg-type]
    return found.priority, found.why


def test_the_first_row_that_holds_decides_and_says_so() -> None:
    assert rated(Severity.HIGH, tier="gold", impact=5000) == (
        Priority.URGENT,
        "row 1 of the priority table: severity high or critical, tier Gold",
    )
    assert rated(impact=1000.0)[1] == "row 2 of the priority table: at least 1000 at stake"
    assert rated(negative=0.95, contacts=2) == (
        Priority.HIGH,
        "row 3 of the priority table: comment negative with at least 0.9, at least 2 tickets before",
    )


def test_what_is_unknown_holds_no_condition() -> None:
    assert rated(negative=None, contacts=9) == (Priority.NORMAL, "severity medium")
    assert rated(Severity.LOW, tier=None, impact=None) == (Priority.LOW, "severity low")


@pytest.mark.parametrize(("told", "value"), [("1,250.5", 1250.5), ("", None), ("plenty", None)])
def test_impact_is_read_from_an_attribute(told: str, value: float | None) -> None:
    assert TABLE.impact({"order_value": told}) == value


def test_repeat_contact_counts_earlier_tickets_and_those_of_the_batch() -> None:
    policy = replace(SLA, priority_table=TABLE)
    before = replace(opened(), theme="billing", opened_at=NOW)
    made = plan(
        [candidate(0, theme="staff", negative=0.95), candidate(1, theme="returns", negative=0.95)],
        {"c-1": episodes_of([before])},
        keys(2),
        ROUTING,
        policy,
        {},
        NOW,
    )
    assert [ticket.priority for ticket in made.opened] == [Priority.NORMAL, Priority.HIGH]
    assert dict(made.events[2].data)["priority_by"].startswith("row 3")


FILE = """
calendar: {timezone: Europe/London, hours: {mon: ["09:00-17:00"]}}
targets: [{priority: urgent, first_touch: 1h}]
root_causes: [product, {people: [training, staffing]}]
priority_table:
  impact: order_value
  repeat_within: 14d
  rows:
    - {when: {severity: high, tier: [gold, platinum]}, priority: urgent}
    - {when: {negative_at_least: 0.9, contacts_at_least: 2}, priority: high}
"""


def test_the_table_and_the_causes_are_read_from_sla_yaml(tmp_path: Path) -> None:
    path = tmp_path / "sla.yaml"
    path.write_text(FILE)
    policy = load_sla(path)
    assert policy.root_causes == ("product", "people.training", "people.staffing")
    assert [row.told() for row in policy.priority_table.rows] == [
        "severity high, tier gold or platinum",
        "comment negative with at least 0.9, at least 2 tickets before",
    ]


@pytest.mark.parametrize(
    ("line", "wrong", "said"),
    [
        ("negative_at_least: 0.9", "negative_at_least: 9", "less than or equal to 1"),
        ("[training, staffing]", "[training, training]", "people.training is named twice"),
        ("[training, staffing]", "[]", "people needs a list"),
        ("[product, {", "[the product, {", "no cause"),
    ],
)
def test_a_wrong_table_or_cause_is_named(tmp_path: Path, line: str, wrong: str, said: str) -> None:
    path = tmp_path / "sla.yaml"
    path.write_text(FILE.replace(line, wrong))
    with pytest.raises(ConfigError, match=said):
        load_sla(path)
