from dataclasses import fields
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from outerloop import fact_tables, facts
from outerloop.fact_tables import schema_of, table_of
from outerloop.facts import Fact, ResponseFact, RunFact, TicketFact
from tests.outerloop.builders import response, ticket


def test_the_agreed_schema_of_a_ticket() -> None:
    moment = pa.timestamp("us", "UTC")
    agreed = pa.schema(
        [
            pa.field("ticket", pa.string(), nullable=False),
            pa.field("survey", pa.string(), nullable=False),
            pa.field("theme", pa.string()),
            pa.field("rule", pa.string(), nullable=False),
            pa.field("severity", pa.string(), nullable=False),
            pa.field("priority", pa.string(), nullable=False),
            pa.field("status", pa.string(), nullable=False),
            pa.field("team", pa.string(), nullable=False),
            pa.field("owner", pa.string(), nullable=False),
            pa.field("customer", pa.string()),
            pa.field("opened_at", moment, nullable=False),
            pa.field("first_touched_at", moment),
            pa.field("resolved_at", moment),
            pa.field("closed_at", moment),
            pa.field("first_touch_due", moment),
            pa.field("resolution_due", moment),
            pa.field("first_touch_business_s", pa.float64()),
            pa.field("resolution_business_s", pa.float64()),
            pa.field("root_cause", pa.string()),
            pa.field("action_taken", pa.string()),
            pa.field("resolved", pa.bool_()),
            pa.field("responses", pa.int64(), nullable=False),
        ]
    )
    assert agreed == fact_tables.TICKETS


def test_themes_are_a_list_and_attributes_a_map() -> None:
    assert fact_tables.RESPONSES.field("themes").type == pa.list_(pa.string())
    assert fact_tables.RESPONSES.field("attributes").type == pa.map_(pa.string(), pa.string())
    assert not fact_tables.RESPONSES.field("submitted_at").nullable
    assert fact_tables.RESPONSES.field("score").nullable


def test_no_fact_has_a_field_for_personal_data() -> None:
    personal = {"email", "name", "phone", "comment", "text", "note", "raw"}
    for fact in (facts.SurveyFact, ResponseFact, TicketFact, facts.TicketEventFact, RunFact):
        assert not personal & {field.name for field in fields(fact)}


@pytest.mark.parametrize(
    "row",
    [
        response(1, themes=("a", "b"), attributes=(("tier", "gold"),), score=None),
        ticket(1, closed_at=None, root_cause=None, resolved=None),
        RunFact("r", "s", "q", "a.csv", "done", datetime(2025, 1, 1, tzinfo=UTC), None, 3, (("quiet", 3),)),
    ],
    ids=lambda row: type(row).__name__,
)
def test_rows_survive_arrow(row: Fact) -> None:
    (back,) = table_of(type(row), [row]).to_pylist()
    for field in fields(row):
        value = getattr(row, field.name)
        assert back[field.name] == (list(value) if isinstance(value, tuple) else value), field.name


def test_no_rows_still_have_the_schema() -> None:
    assert table_of(TicketFact, []).schema == schema_of(TicketFact)
