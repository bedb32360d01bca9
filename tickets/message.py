"""What a notice says: a ticket's facts into subject, plain text, HTML and headers, rendered when it is sent.

Pure: the caller gathers `MessageFacts` from the ledger; nothing here knows how a message travels.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from feedback.response import SurveyResponse
from tickets.events import TicketEvent
from tickets.notice import Channel, Notice, NoticeKind
from tickets.problem import RULE
from tickets.ticket import DueTimes, Ticket
from tickets.wording import contact, fired_rules, score_words, shown
from triggers.decision import DecisionTrace

_ADDRESS = re.compile(r"[^\s<>\"'(),:;@\[\]\\]+@[^\s<>\"'(),:;@\[\]\\]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class SentBy:
    """Who sends, and for whom: the sender's address, the reader's IANA zone, the desk's base address ("" for none)."""

    sender: str = "nanni@localhost"
    timezone: str = "UTC"
    desk_url: str = ""

    @property
    def domain(self) -> str:
        """The domain that Message-ID and List-Id live in."""
        return clean(self.sender.rpartition("@")[2]) or "localhost"


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """All that a message may show. `rule_reasons`: the policy's sentence by rule id; `previous`: the customer's others.

    `acknowledge` is the address of the page that acknowledges the ticket, "" for none;
    `response` is the one the notice is about and None when it was erased; `trace` is that response's decision.
    `children` are the reader's own tickets of a problem, which no single response has opened.
    """

    notice: Notice
    ticket: Ticket
    event: TicketEvent
    owner_name: str
    survey_title: str
    touchpoint: str = ""
    response: SurveyResponse | None = None
    trace: DecisionTrace | None = None
    rule_reasons: tuple[tuple[str, str], ...] = ()
    previous: tuple[Ticket, ...] = ()
    acknowledge: str = ""
    children: tuple[Ticket, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One rendered notice. `summary` is for chat: no customer text, at most a few lines. `headers` are mail headers."""

    id: str
    channel: Channel
    target: str
    sender: str
    subject: str
    text: str
    html: str
    summary: str
    link: str
    created_at: datetime
    headers: tuple[tuple[str, str], ...] = ()


def render(facts: MessageFacts, by: SentBy) -> Message:
    """The message of a notice; the same facts give the same bytes."""
    notice, ticket = facts.notice, facts.ticket
    view = _view(facts, by)
    environment = _environment()
    return Message(
        id=notice.id,
        channel=notice.channel,
        target=notice.target,
        sender=by.sender,
        subject=clean(_subject(facts, by)),
        text=environment.get_template("ticket.txt.j2").render(view),
        html=environment.get_template("ticket.html.j2").render(view),
        summary=_summary(facts, by),
        link=_link(ticket, by),
        created_at=notice.created_at,
        headers=_headers(facts, by),
    )


def clean(value: str) -> str:
    """Text fit for one header line: no control characters, no line breaks of any kind, at most 200 characters."""
    return _CONTROL.sub(" ", value).strip()[:200]


def is_address(value: str) -> bool:
    """Whether this is one plain mail address, with nothing around it."""
    return len(value) <= 254 and _ADDRESS.fullmatch(value) is not None


def message_id(ticket: Ticket, sequence: int, domain: str) -> str:
    """The Message-ID of a ticket event's message: the same for every attempt, different between installations."""
    mark = sha256(f"{ticket.key}\x1f{ticket.opened_at.isoformat()}".encode()).hexdigest()[:12]
    return f"<{clean(ticket.key).lower()}.{sequence}.{mark}@{domain}>"


def _headers(facts: MessageFacts, by: SentBy) -> tuple[tuple[str, str], ...]:
    ticket, sequence = facts.ticket, facts.notice.event_sequence
    first = message_id(ticket, 1, by.domain)
    thread = () if sequence == 1 else (("In-Reply-To", first), ("References", first))
    queue = re.sub(r"[^a-z0-9-]+", "-", ticket.team.lower()).strip("-") or "tickets"
    return (
        ("Message-ID", message_id(ticket, sequence, by.domain)),
        *thread,
        ("List-Id", f"<{queue}.nanni.{by.domain}>"),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("X-Nanni-Notice", facts.notice.id),
        ("X-Nanni-Ticket", clean(ticket.key)),
    )


_LEADS = {
    NoticeKind.TICKET_OPENED: "",
    NoticeKind.RESPONSE_ATTACHED: "New response: ",
    NoticeKind.OVERDUE: "Overdue: ",
    NoticeKind.ASSIGNED: "Yours now: ",
    NoticeKind.BREACH_RISK: "About to be late: ",
    NoticeKind.ESCALATED: "Escalated: ",
    NoticeKind.REOPENED: "Reopened: ",
    NoticeKind.MENTIONED: "You are asked: ",
    NoticeKind.WATCHED: "News: ",
    NoticeKind.REMINDER: "Reminder: ",
    NoticeKind.DIGEST: "Digest: ",
}
_PROBLEM = "Something has gone wrong for many customers at once."
_INTRODUCTIONS = {
    NoticeKind.TICKET_OPENED: "A customer needs an answer from you.",
    NoticeKind.RESPONSE_ATTACHED: "The customer of this ticket has answered again.",
    NoticeKind.OVERDUE: "This ticket is past its due time.",
    NoticeKind.ASSIGNED: "This ticket has been handed to you.",
    NoticeKind.BREACH_RISK: "This ticket will soon be past its due time.",
    NoticeKind.ESCALATED: "This ticket needs your help.",
    NoticeKind.REOPENED: "The customer of this ticket is not happy with how it ended.",
    NoticeKind.MENTIONED: "A note on this ticket calls you by name.",
    NoticeKind.WATCHED: "Something happened on a ticket that you watch.",
    NoticeKind.REMINDER: "You asked to be reminded of this ticket.",
    NoticeKind.DIGEST: "Tickets of yours have one problem behind them. Each customer is still owed a reply.",
}


_OF_COLLEAGUES = (NoticeKind.MENTIONED, NoticeKind.WATCHED, NoticeKind.REMINDER)
"""Notices of what a colleague did or wrote, whose words are shown as news."""


def _problem(facts: MessageFacts) -> bool:
    return facts.ticket.rule == RULE


def _introduction(facts: MessageFacts) -> str:
    opens = facts.notice.kind is NoticeKind.TICKET_OPENED
    return _PROBLEM if opens and _problem(facts) else _INTRODUCTIONS[facts.notice.kind]


def _subject(facts: MessageFacts, by: SentBy) -> str:
    ticket = facts.ticket
    due = _due_words(ticket, facts.notice.created_at, by)
    about = ticket.subject or facts.survey_title
    return f"[Nanni {ticket.key}] {_LEADS[facts.notice.kind]}{about}{f' – due {due}' if due else ''}"


def _next_due(due: DueTimes, touched: datetime | None) -> datetime | None:
    return due.first_touch if touched is None and due.first_touch else due.resolution


def _due_words(ticket: Ticket, now: datetime, by: SentBy) -> str:
    """The next deadline in the reader's zone: the time alone when it is the same day."""
    due = _next_due(ticket.due, ticket.first_touched_at)
    if due is None:
        return ""
    zone = ZoneInfo(by.timezone)
    there, today = due.astimezone(zone), now.astimezone(zone).date()
    return f"{there:%H:%M}" if there.date() == today else f"{there:%a %d %b %H:%M}"


def _summary(facts: MessageFacts, by: SentBy) -> str:
    ticket = facts.ticket
    due = _due_words(ticket, facts.notice.created_at, by)
    lines = [
        f"{_introduction(facts)} {ticket.subject}".strip(),
        f"Priority {ticket.priority}, owner {facts.owner_name}, rule {ticket.rule}",
        f"Due {due}" if due else "",
        _link(ticket, by),
    ]
    return "\n".join(clean(line) for line in lines if line)


def _link(ticket: Ticket, by: SentBy) -> str:
    return f"{by.desk_url.rstrip('/')}/tickets/{ticket.key}" if by.desk_url else ""


def _view(facts: MessageFacts, by: SentBy) -> dict[str, object]:
    """The names that the templates use."""
    response = facts.response
    return {
        "ticket": facts.ticket,
        "owner": facts.owner_name,
        "introduction": _introduction(facts),
        "news": _news(facts),
        "why": "" if response is None or facts.notice.kind in _OF_COLLEAGUES else facts.event.note,
        "score": score_words(response.score, response.scale) if response else "",
        "band": (response.band or "") if response else "",
        "comments": [shown(comment, facts.trace) for comment in response.comments] if response else [],
        "erased": response is None and not _problem(facts),
        "unsaid": response is None,
        "children": facts.children,
        "rules": fired_rules(facts.trace, facts.rule_reasons) if facts.trace else (),
        "contact": contact(response) if response else [],
        "attributes": list(response.attributes) if response else [],
        "survey": facts.survey_title,
        "touchpoint": facts.touchpoint,
        "responded": _moment(response.submitted_at, by) if response else "",
        "due": [
            (name, _moment(value, by))
            for name, value in (
                ("Contact by", facts.ticket.due.first_touch),
                ("Resolve by", facts.ticket.due.resolution),
            )
            if value
        ],
        "previous": facts.previous,
        "link": _link(facts.ticket, by),
        "acknowledge": facts.acknowledge,
    }


def _news(facts: MessageFacts) -> str:
    """What happened, in a line: of colleagues, who did what and their words."""
    if facts.notice.kind is NoticeKind.TICKET_OPENED:
        return ""
    if facts.notice.kind not in _OF_COLLEAGUES:
        return facts.event.reason
    told = f"{facts.event.actor}: {facts.event.kind.replace('_', ' ')}"
    return f"{told}: {facts.event.note}" if facts.event.note else told


def _moment(moment: datetime, by: SentBy) -> str:
    return f"{moment.astimezone(ZoneInfo(by.timezone)):%a %d %b %Y %H:%M %Z}"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    """Templates with everything in HTML escaped, and no name left silently empty."""
    environment = Environment(
        loader=PackageLoader("tickets"),
        autoescape=lambda name: bool(name and ".html" in name),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["title_words"] = lambda value: str(value).replace("_", " ")
    return environment
