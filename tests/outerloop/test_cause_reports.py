from datetime import datetime, timedelta
from pathlib import Path

import pytest

from outerloop.cause_reports import cause_lifts, theme_repeats
from outerloop.facts import ResponseFact, TicketEventFact, TicketFact
from outerloop.rates import wilson
from tests.outerloop.builders import NOW, THEMES, ListedFacts, response, ticket
from tests.outerloop.test_reports import day, warehouse


def test_lifts_are_counted_over_closed_tickets_of_the_level(tmp_path: Path) -> None:
    often = {("delivery.late", "third_party"): 12, ("delivery.damaged", "third_party"): 4, ("billing", "process"): 9}
    made: list[tuple[str, str | None]] = [pair for pair, count in often.items() for _ in range(count)]
    made += [("billing", "third_party"), ("delivery.late", "process"), ("staff", None)]
    rows = [ticket(n, theme=theme, root_cause=cause) for n, (theme, cause) in enumerate(made, start=1)]
    rows += [ticket(90, theme="billing", status="open", closed_at=None, root_cause=None)]
    with warehouse(tmp_path, ListedFacts(theme_rows=THEMES, ticket_rows=rows)) as reader:
        found, below = cause_lifts(reader), cause_lifts(reader, level=2)
    assert found[["theme", "root_cause", "closed", "closed_in_theme"]].to_numpy().tolist()[:2] == [
        ["billing", "process", 9, 10],
        ["delivery", "third_party", 16, 17],
    ]
    first = found.iloc[0]
    assert first.expected == pytest.approx(10 * 10 / 27) and first.raw == pytest.approx(2.43)
    assert 1 < first.low < first.lift < first.raw
    assert set(below.theme) == {"delivery.late", "delivery.damaged"}


def resolved(number: int, customer: str, at: datetime, **changes: object) -> tuple[TicketFact, list[TicketEventFact]]:
    found = ticket(number, customer=customer, opened_at=at - timedelta(days=1), resolved_at=at, **changes)
    return found, [TicketEventFact(found.ticket, 1, "resolved", "amira", at, "")]


def said(number: int, customer: str, at: datetime, theme: str, needs: bool = True) -> ResponseFact:
    return response(number, customer=customer, submitted_at=at, themes=(theme,), ticket="N-90" if needs else None)


def test_coming_back_is_the_same_theme_with_a_ticket_in_time_or_a_reopening(tmp_path: Path) -> None:
    done = day(3, 10)
    made = [resolved(n, f"c{n}", done, theme="delivery.late") for n in range(1, 8)]
    made.append(resolved(8, "c8", day(12, 1), theme="delivery.late"))
    made.append(resolved(9, "c9", done, theme="delivery.late", resolved=False))
    events = [event for _, told in made for event in told]
    events.append(TicketEventFact("N-7", 2, "reopened", "customer", done + timedelta(days=1), ""))
    # The ticket was resolved anew later: its first resolution counts, and the reopening after it.
    events.append(TicketEventFact("N-7", 3, "resolved", "amira", done + timedelta(days=4), ""))
    responses = [
        said(1, "c1", done + timedelta(days=5), "delivery.damaged"),  # the same top theme
        said(2, "c2", done + timedelta(days=5), "billing"),  # another theme
        said(3, "c3", done + timedelta(days=5), "delivery.late", needs=False),  # nobody's work
        said(4, "c4", done + timedelta(days=91), "delivery.late"),  # too late
        said(5, "c5", done - timedelta(days=2), "delivery.late"),  # what it was about
        said(9, "c9", done + timedelta(days=5), "delivery.late"),  # was not helped in the first place
        response(20, customer="c20", submitted_at=NOW - timedelta(days=3)),
    ]
    facts = ListedFacts(
        theme_rows=THEMES, ticket_rows=[one for one, _ in made], event_rows=events, response_rows=responses
    )
    with warehouse(tmp_path, facts) as reader:
        (top,) = theme_repeats(reader).to_dict("records")
        (below,) = theme_repeats(reader, level=2).to_dict("records")
    assert (top["theme"], top["resolved"], top["too_recent"], top["came_back"], top["answered"]) == (
        "delivery",
        7,
        1,
        2,
        4,
    )
    assert (top["low"], top["high"]) == pytest.approx([float(limit) for limit in wilson(2, 7)])
    assert top["answering_share"] == 0.5
    assert (below["theme"], below["came_back"]) == ("delivery.late", 1)


def test_a_customer_counts_once_a_theme(tmp_path: Path) -> None:
    made = [resolved(1, "c1", day(3, 1)), resolved(2, "c1", day(5, 1)), resolved(3, "c1", day(3, 2), theme="billing")]
    facts = ListedFacts(
        theme_rows=THEMES, ticket_rows=[one for one, _ in made],
        event_rows=[event for _, told in made for event in told],
        response_rows=[said(1, "c1", day(4, 1), "delivery"), response(2, submitted_at=day(12, 31))],
    )  # fmt: skip
    with warehouse(tmp_path, facts) as reader:
        found = theme_repeats(reader)
    assert found[["theme", "resolved", "came_back"]].to_numpy().tolist() == [["delivery", 1, 1], ["billing", 1, 0]]


def test_no_facts_give_empty_frames(tmp_path: Path) -> None:
    with warehouse(tmp_path, ListedFacts()) as reader:
        for found in (cause_lifts(reader), theme_repeats(reader)):
            assert found.empty and {"theme", "name", "low", "high"} <= set(found.columns)
