"""The `priority_table` of sla.yaml into a `PriorityTable`."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from feedback.adapters.yaml_file import FileModel
from tickets.adapters.durations import Duration, length
from tickets.priority import PriorityRow, PriorityTable
from tickets.ticket import Priority
from triggers.policy import Severity


def as_list(value: object) -> object:
    """One value may be written without brackets."""
    return value if isinstance(value, list) or value is None else [value]


class ConditionsModel(FileModel):
    """What must all hold; what is left out may be anything."""

    severity: Annotated[tuple[Severity, ...], BeforeValidator(as_list)] = ()
    tier: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(as_list)] = ()
    negative_at_least: float | None = Field(default=None, ge=0, le=1)
    contacts_at_least: int | None = Field(default=None, ge=1)
    impact_at_least: float | None = None


class RowModel(FileModel):
    """One row of the table."""

    when: ConditionsModel
    priority: Priority


class PriorityTableModel(FileModel):
    """The table as written: the first row that holds decides, `priorities` by severity when none does."""

    rows: tuple[RowModel, ...] = Field(min_length=1)
    impact: str | None = None
    repeat_within: Duration = "30d"


def build_table(model: PriorityTableModel) -> PriorityTable:
    """The table."""
    return PriorityTable(
        rows=tuple(
            PriorityRow(
                row.priority,
                row.when.severity,
                row.when.tier,
                row.when.negative_at_least,
                row.when.contacts_at_least,
                row.when.impact_at_least,
            )
            for row in model.rows
        ),
        impact_attribute=model.impact,
        repeat_within=length(model.repeat_within),
    )
