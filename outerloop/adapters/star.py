"""The tables of the star schema: what names a row of each, what it is counted by, and whose rows it holds."""

from pathlib import Path
from typing import NamedTuple

STAGED = Path(__file__).with_name("staged.sql")
DERIVED = Path(__file__).with_name("derived.sql")
VIEWS = Path(__file__).with_name("views.sql")
COMMENTS = Path(__file__).with_name("comments.sql")


class Table(NamedTuple):
    """A table of facts: its key, the field of `FactCounts` that must equal its rows ("" for none), and its owner.

    The owner ("response" or "ticket") is the column by whose value a catching-up refresh exchanges rows; a table
    without one is small and written anew each time.
    """

    name: str
    key: str
    counted: str = ""
    owner: str = ""


TABLES = (
    Table("dim_survey", "survey", "surveys"),
    Table("fact_response", "response", "responses", "response"),
    Table("fact_response_theme", "response, theme", owner="response"),
    Table("fact_decision", "response", owner="response"),
    Table("fact_score", "response, question", owner="response"),
    Table("fact_ticket", "ticket", "tickets", "ticket"),
    Table("fact_ticket_event", "ticket, sequence", "ticket_events", "ticket"),
    Table("fact_sla_interval", "ticket, metric, turn, started_at", owner="ticket"),
    Table("fact_notice", "notice", "notices", "ticket"),
    Table("fact_run", "run", "runs"),
    Table("dim_initiative", "initiative", "initiatives"),
    Table("bridge_initiative_theme", "initiative, theme"),
    Table("dim_member", "owner", "members"),
    Table("dim_article", "article", "articles"),
)
MADE = ("dim_theme", "bridge_theme", "dim_calendar", "meta")
"""Tables that follow from those, made by `derived.sql`."""
KEPT = ("kept_content", "kept_mark")
"""What a refresh writes down for the next one; no part of the content."""
