"""Articles cut into passages, and gaps between what recurs and what is written."""

from dataclasses import replace
from datetime import timedelta

from tests.tickets.builders import NOW, candidate, planned
from tickets.knowledge import Article, draft, gaps, passages
from tickets.ticket import Closure, Status, Ticket

WINDOW = timedelta(days=90)


def closed(
    number: int,
    cause: str = "product",
    theme: str | None = "delivery.late",
    customer: str | None = None,
    **fields: object,
) -> Ticket:
    ticket = planned([candidate()]).opened[0]
    done = {"status": Status.CLOSED, "closure": Closure(cause, "Sent a new one.", True), "resolved_at": NOW}
    own = {"key": f"N-{number}", "theme": theme, "customer_id": customer or f"c-{number}"}
    return replace(ticket, **{**done, **own, **fields})  # type: ignore[arg-type]


def test_an_article_is_cut_at_its_headings() -> None:
    article = Article("a", "Late parcels", "Before.\n\n# One\nFirst.\n## Two\n\n### Three\nThird.")
    assert [(one.heading, one.text) for one in passages([article])] == [
        ("", "Before."),
        ("One", "First."),
        ("Three", "Third."),
    ]
    assert passages([article])[1].searched == "Late parcels. One. First."
    assert [one.text for one in passages([Article("b", "Only a title", "")])] == ["Only a title"]


def test_a_gap_is_what_recurs_with_several_customers_and_no_article() -> None:
    tickets = [closed(1), closed(2), closed(3), closed(4, theme="staff"), closed(5, "process"), closed(6, "process")]
    (gap,) = gaps(tickets, [], NOW, WINDOW, 3)
    assert (gap.root_cause, gap.theme, gap.tickets, gap.customers) == ("product", "delivery", ("N-1", "N-2", "N-3"), 3)
    assert gaps([closed(n, customer="c-1") for n in range(5)], [], NOW, WINDOW, 3) == []
    assert gaps([replace(one, resolved_at=NOW - timedelta(days=91)) for one in tickets], [], NOW, WINDOW, 3) == []


def test_an_article_fills_a_gap_by_root_cause_and_theme() -> None:
    tickets = [closed(n) for n in range(3)]
    for article, fills in (
        (Article("a", "A", "", ("delivery.late",), ("product",)), True),
        (Article("a", "A", "", (), ("product",), draft=True), True),
        (Article("a", "A", "", ("staff",), ("product",)), False),
        (Article("a", "A", "", ("delivery",), ("process",)), False),
    ):
        assert (gaps(tickets, [article], NOW, WINDOW, 3) == []) is fills


def test_a_draft_counts_and_refers_and_quotes_nobody() -> None:
    (gap,) = gaps([closed(n) for n in range(30)], [], NOW, WINDOW, 3)
    text = draft(gap, "Delivery", {"N-1": ("refund",), "N-2": ("refund", "goodwill")}, NOW.date())
    assert "title: Delivery, caused by product" in text and "root_causes: [product]" in text
    assert "- refund: 2 of 30 tickets\n- goodwill: 1 of 30 tickets" in text
    assert "N-19 and more" in text and "Sent a new one" not in text
