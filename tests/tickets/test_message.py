"""What notices say, and that nothing a customer writes can reach beyond its place."""

from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.response import SurveyResponse
from tests.tickets.builders import NOW, SLA, candidate, opened, planned, response, trace
from tickets.actions import acknowledge, resolve
from tickets.message import Message, MessageFacts, SentBy, clean, is_address, render
from tickets.notice import Channel, Notice, NoticeKind, notice_id
from tickets.ticket import Closure, Ticket
from tickets.wording import VERBATIM_LIMIT
from triggers.decision import DecisionTrace, Evidence, RuleTrace, TextSpan
from triggers.outcome import Outcome

BY = SentBy("nanni@example.org", "Europe/London", "https://desk.example.org/")


def facts(
    *,
    answer: SurveyResponse | None = None,
    ticket: Ticket | None = None,
    why: DecisionTrace | None = None,
    kind: NoticeKind = NoticeKind.TICKET_OPENED,
    sequence: int = 1,
    previous: tuple[Ticket, ...] = (),
    erased: bool = False,
) -> MessageFacts:
    told = notice_id(kind, "N-1", sequence, Channel.MAIL, "amira@example.org")
    return MessageFacts(
        notice=Notice(told, kind, "N-1", sequence, Channel.MAIL, "amira@example.org", NOW),
        ticket=ticket or opened(),
        event=planned([candidate()]).events[0],
        owner_name="Amira Khan",
        survey_title="After-purchase NPS",
        touchpoint="Store purchase",
        response=None if erased else answer or response(),
        trace=None if erased else why or trace(),
        rule_reasons=(("late_detractor", "Late parcels lose customers."),),
        previous=previous,
    )


def sent(**options: object) -> Message:
    return render(facts(**options), BY)  # type: ignore[arg-type]


EXPECTED = [
    "2 on 0–10 (NPS)",
    "detractor",
    "The parcel never arrived.",
    "Why did you give that score?",
    "Late parcels lose customers.",
    "keywords: never arrived, the rule asks for late",
    "Jo Field",
    "jo@example.com",
    "K-77",
    "Leeds",
    "gold",
    "After-purchase NPS",
    "Store purchase",
    "Wed 11 Mar 2026 09:00 GMT",
    "N-1",
    "normal",
    "Amira Khan",
    "Wed 11 Mar 2026",
    "https://desk.example.org/tickets/N-1",
]


@pytest.mark.parametrize("fact", EXPECTED)
def test_text_and_html_hold_all_a_manager_needs(fact: str) -> None:
    message = sent()
    assert fact in message.text
    assert fact in message.html


def test_the_subject_says_score_place_and_next_due_time() -> None:
    assert sent().subject == "[Nanni N-1] NPS 2 – Leeds – due Thu 12 Mar 10:00"
    urgent = replace(opened(), due=replace(opened().due, first_touch=NOW + timedelta(hours=4)))
    assert sent(ticket=urgent).subject == "[Nanni N-1] NPS 2 – Leeds – due 14:00"


def test_after_the_first_touch_the_resolution_is_what_is_due() -> None:
    touched = acknowledge(opened(), "amira", NOW).ticket
    assert sent(ticket=touched).subject.endswith("– due Wed 18 Mar 10:00")


def test_times_are_in_the_readers_zone() -> None:
    message = render(facts(), replace(BY, timezone="Asia/Tokyo"))
    assert "Wed 11 Mar 2026 18:00 JST" in message.text


def test_conditions_that_did_not_hold_are_not_given_as_reasons() -> None:
    assert "at most 0" not in sent().text


def test_the_words_that_made_the_rule_fire_are_marked() -> None:
    assert "The parcel <mark>never arrived</mark>." in sent(why=trace((11, 24))).html


def test_overlapping_or_stale_spans_mark_no_nonsense() -> None:
    html = sent(why=trace((11, 24), (4, 20), (11, 24), (900, 950))).html
    assert "The <mark>parcel never arr</mark>ived." in html


def test_how_a_comment_sounds_marks_nothing() -> None:
    whole = Evidence("sentiment", Outcome.FIRED, "negative 0.91", spans=(TextSpan("why", 0, 25),))
    why = replace(trace(), rules=(RuleTrace("angry", Outcome.FIRED, whole),))
    message = sent(why=why)
    assert "<mark>" not in message.html
    assert "sentiment: negative 0.91" in message.text


def test_the_words_that_moved_the_model_are_marked() -> None:
    words = Evidence(
        "sentiment", Outcome.FIRED, "negative 0.91", spans=(TextSpan("why", 11, 16), TextSpan("why", 4, 10))
    )
    told = replace(trace(), rules=(RuleTrace("angry", Outcome.FIRED, words),))
    assert "The <mark>parcel</mark> <mark>never</mark> arrived." in sent(why=told).html


def test_the_sentence_that_was_stored_with_the_event_is_told() -> None:
    assert "the score 2 is a detractor" in sent().text
    assert "the score 2 is a detractor" not in sent(erased=True).text


def test_long_comments_are_cut_and_say_so() -> None:
    long = "a" * (VERBATIM_LIMIT + 345)
    message = sent(answer=response(long))
    assert "a" * (VERBATIM_LIMIT + 1) not in message.text + message.html
    assert "345 more characters at the desk" in message.text
    assert "345 more characters at the desk" in message.html


def test_earlier_tickets_of_the_customer_are_listed() -> None:
    done = resolve(replace(opened(), key="N-0"), "amira", NOW, Closure("product", "Sent it.", True), SLA.root_causes)
    assert "N-0  NPS 2 – Leeds  resolved" in sent(previous=(done.ticket,)).text


def test_chat_gets_no_customer_text() -> None:
    summary = sent().summary
    assert "Amira Khan" in summary and "https://desk.example.org/tickets/N-1" in summary
    assert not any(private in summary for private in ("never arrived", "Jo Field", "jo@example.com"))
    assert len(summary) < 1000


def test_an_erased_response_leaves_a_message_that_says_so() -> None:
    message = sent(erased=True)
    assert "have been erased" in message.text and "have been erased" in message.html
    assert "Jo Field" not in message.text + message.html


def test_the_same_facts_give_the_same_message() -> None:
    assert sent() == sent()


def headers(message: Message) -> dict[str, str]:
    return dict(message.headers)


def test_later_messages_of_a_ticket_thread_under_its_first() -> None:
    first, second = headers(sent()), headers(sent(kind=NoticeKind.OVERDUE, sequence=3))
    assert "In-Reply-To" not in first
    assert second["In-Reply-To"] == second["References"] == first["Message-ID"]
    assert second["Message-ID"] != first["Message-ID"]
    assert first["Message-ID"].startswith("<n-1.1.") and first["Message-ID"].endswith("@example.org>")


def test_the_same_key_in_another_installation_is_another_thread() -> None:
    later = replace(opened(), opened_at=NOW + timedelta(days=1))
    assert headers(sent(ticket=later))["Message-ID"] != headers(sent())["Message-ID"]


def test_automatic_answers_are_asked_not_to_come() -> None:
    told = headers(sent())
    assert told["Auto-Submitted"] == "auto-generated"
    assert told["X-Auto-Response-Suppress"] == "All"
    assert told["List-Id"] == "<stores.nanni.example.org>"


class Tags(HTMLParser):
    """The elements and attributes that a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(name for name, _ in attrs)))


def tags(html: str) -> list[tuple[str, tuple[str, ...]]]:
    parser = Tags()
    parser.feed(html)
    return parser.found


ATTACKS = [
    "<script>alert(1)</script>",
    "</blockquote><img src=x onerror=alert(1)>",
    "\"><svg onload=alert('x')>",
    "{{ 7 * 7 }}{% for x in y %}",
    "<mark>&lt;b&gt;",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_a_customer_writes_becomes_markup(attack: str) -> None:
    plain = tags(sent(answer=response("x", name="x", email="x", id="x")).html)
    answer = response(attack, name=attack, email=attack, id=attack)
    answer = replace(
        answer,
        comments=tuple(replace(comment, question=attack) for comment in answer.comments),
        attributes=(("store", attack), (attack, "gold")),
    )
    message = sent(answer=answer, why=trace((0, 0)), ticket=replace(opened(), subject=attack, team=attack))
    assert tags(message.html) == plain
    assert attack in message.text


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=60), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=4))
def test_any_text_and_any_spans_add_only_marks(text: str, spans: list[tuple[int, int]]) -> None:
    html = sent(answer=response("x" + text), why=trace(*spans)).html
    assert {tag for tag in tags(html) if tag[0] != "mark"} == set(tags(sent(answer=response("x")).html))


@given(st.text())
def test_clean_text_is_one_line(text: str) -> None:
    assert len(clean(text).splitlines()) <= 1


@pytest.mark.parametrize(
    ("value", "good"),
    [
        ("amira@example.org", True),
        ("amira.khan+cx@stores.example.org", True),
        ("a@b, c@d", False),
        ("Amira <amira@example.org>", False),
        ("amira@example.org\r\nBcc: eve@example.org", False),
        ("amira@example.org\n", False),
        ("amira", False),
        ("a" * 251 + "@b.c", False),
    ],
)
def test_an_address_is_one_address(value: str, good: bool) -> None:
    assert is_address(value) is good
