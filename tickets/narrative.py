"""A ticket's whole life as a story that a manager can read: what the customer said, who did what, what was kept."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from feedback.response import SurveyResponse
from tickets.cast import Cast, Data, noted
from tickets.consent import Consent
from tickets.events import EventKind, TicketEvent
from tickets.teamwork_story import TEAMWORK


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a ticket's life: its name and what happened, a sentence each."""

    name: str
    sentences: tuple[str, ...]


def narrate(events: Sequence[TicketEvent], responses: Sequence[SurveyResponse], cast: Cast) -> tuple[Day, ...]:
    """The days on which something happened, in order. Customers' words are quoted where the ledger still has them."""
    said = {response.key.response_id: response for response in responses}
    days = groupby(events, lambda event: cast.day(event.at))
    return tuple(Day(name, tuple(_sentences(held, said, cast))) for name, held in days)


def _sentences(events: Iterable[TicketEvent], said: Mapping[str, SurveyResponse], cast: Cast) -> Iterator[str]:
    for event in events:
        data = dict(event.data)
        told = _SENTENCES.get(event.kind, _plainly)(event, data, cast)
        if not told:
            continue
        yield f"{cast.time(event.at)} {told}"
        quoted = said.get(data.get("response", "")) if event.kind in _SPOKEN else None
        if quoted is not None:
            yield from (f"      “{' '.join(comment.text.split())}”" for comment in quoted.comments if comment.text)


_SPOKEN = (EventKind.OPENED, EventKind.RESPONSE_ATTACHED)


def _opened(event: TicketEvent, data: Data, cast: Cast) -> str:
    if "split_from" in data:
        return f"{cast.name(event.actor)} split it from {data['split_from']}."
    follows = f" It follows up on {data['follow_up_of']}." if "follow_up_of" in data else ""
    why = f" {event.note[:1].upper()}{event.note[1:].rstrip('.')}." if event.note else ""
    by = f", by {data['priority_by']}" if "priority_by" in data else ""
    return (
        f"A customer answered “{cast.survey}”: {data.get('subject', 'no score')}.{why}{follows} "
        f"Nanni opened the ticket with {data['severity']} severity and {data['priority']} priority{by}."
    )


def _assigned(event: TicketEvent, data: Data, cast: Cast) -> str:
    reason = f" ({event.reason})" if event.reason else ""
    came = f"from {cast.name(data['from_owner'])} to " if "from_owner" in data else "to "
    return f"It went {came}{cast.name(data['owner'])} of {data['team']}{reason}."


def _attached(event: TicketEvent, data: Data, cast: Cast) -> str:
    return "The customer corrected what they had said." if data.get("revised") else "The customer answered again."


def _acknowledged(event: TicketEvent, data: Data, cast: Cast) -> str:
    return f"{cast.name(event.actor)} took it up."


_STATUS = {
    "open": "opened it again for work",
    "in_progress": "began to work on it",
    "waiting_on_customer": "waited for the customer",
    "on_hold": "put it on hold",
}


def _moved(event: TicketEvent, data: Data, cast: Cast) -> str:
    return noted(f"{cast.name(event.actor)} {_STATUS.get(data['to'], 'moved it')}", event.note)


def _raised(event: TicketEvent, data: Data, cast: Cast) -> str:
    return f"Severity rose from {data['from']} to {data['to']}."


def _prioritised(event: TicketEvent, data: Data, cast: Cast) -> str:
    return noted(f"{cast.name(event.actor)} made it {data['to']} instead of {data['from']}", event.note)


def _contacted(event: TicketEvent, data: Data, cast: Cast) -> str:
    return noted(f"{cast.name(event.actor)} contacted the customer by {data['how']}", event.note)


def _note(event: TicketEvent, data: Data, cast: Cast) -> str:
    return noted(f"{cast.name(event.actor)} noted", event.note) if event.note else ""


def _escalated(event: TicketEvent, data: Data, cast: Cast) -> str:
    people = " and ".join(cast.name(name) for name in data.get("to", "").split(", ") if name)
    return noted(f"{event.reason[:1].upper()}{event.reason[1:]}; {people} heard of it", event.note)


def _resolved(event: TicketEvent, data: Data, cast: Cast) -> str:
    helped = "and the customer was helped" if data["resolved"] == "yes" else "though the customer was not helped"
    cause = data["root_cause"].replace("_", " ").replace(".", ", ")
    return noted(f"{cast.name(event.actor)} resolved it, {helped}; the cause was {cause}", event.note)


def _closed(event: TicketEvent, data: Data, cast: Cast) -> str:
    return f"{cast.name(event.actor)} closed it{f': {event.reason}' if event.reason else ''}."


def _reopened(event: TicketEvent, data: Data, cast: Cast) -> str:
    return noted(f"{cast.name(event.actor)} reopened it", event.note)


def _messaged(event: TicketEvent, data: Data, cast: Cast) -> str:
    told = {
        "acknowledgement": "The customer was sent word that we have read it",
        "resolution": "The customer was sent word of how it ended",
        "survey": "The customer was asked how it was",
        "reply": "The customer was written to",
        "initiative": "The customer was sent word of what was done about the cause",
    }
    return noted(told[data["message"]], event.note)


def _answered(event: TicketEvent, data: Data, cast: Cast) -> str:
    return noted(f"The customer rated how it ended with {data['rating']} of 5, {data['felt']}", event.note)


def _merge(event: TicketEvent, data: Data, cast: Cast) -> str:
    told = {
        EventKind.MERGED: f"merged it into {data.get('into')}",
        EventKind.UNMERGED: f"took it out of {data.get('from')} again",
        EventKind.ABSORBED: f"merged {data.get('child')} into it",
        EventKind.RELEASED: f"let {data.get('child')} stand alone again",
        EventKind.SPLIT: f"moved {len(data.get('moved', '').split())} responses to {data.get('into')}",
    }
    reason = f" ({event.reason})" if event.reason else ""
    return f"{cast.name(event.actor)} {told[event.kind]}{reason}."


def _followed_up(event: TicketEvent, data: Data, cast: Cast) -> str:
    return f"The trouble goes on in {data['by']}."


def _cited(event: TicketEvent, data: Data, cast: Cast) -> str:
    does = "linked it to" if event.kind is EventKind.CITED else "took it off"
    return f"{cast.name(event.actor)} {does} the initiative {data['initiative']}."


def _consented(event: TicketEvent, data: Data, cast: Cast) -> str:
    wish = "may be contacted" if data["consent"] == Consent.ALLOWED else "is not to be contacted"
    return noted(f"{cast.name(event.actor)} recorded that the customer {wish}", event.note)


def _acknowledged_escalation(event: TicketEvent, data: Data, cast: Cast) -> str:
    return f"{cast.name(event.actor)} took up the escalation."


def _checked(event: TicketEvent, data: Data, cast: Cast) -> str:
    return f"{cast.name(event.actor)} ticked {', '.join(data['items'].split())} of the closing checklist."


def _retimed(event: TicketEvent, data: Data, cast: Cast) -> str:
    """Due times that follow from what was just done are no news of their own."""
    return "" if data.get("mode") == "settled" else f"{cast.name(event.actor)} had its due times counted anew."


def _revised(event: TicketEvent, data: Data, cast: Cast) -> str:
    return f"{event.reason[:1].upper()}{event.reason[1:]}."


def _plainly(event: TicketEvent, data: Data, cast: Cast) -> str:
    """Kinds that have no sentence of their own: who, what, why."""
    reason = f" ({event.reason})" if event.reason else ""
    return noted(f"{cast.name(event.actor)}: {event.kind.replace('_', ' ')}{reason}", event.note)


_SENTENCES: Mapping[EventKind, Callable[[TicketEvent, Data, Cast], str]] = {
    EventKind.OPENED: _opened,
    EventKind.ASSIGNED: _assigned,
    EventKind.RESPONSE_ATTACHED: _attached,
    EventKind.RESPONSE_REVISED: _revised,
    EventKind.ACKNOWLEDGED: _acknowledged,
    EventKind.STATUS_CHANGED: _moved,
    EventKind.SEVERITY_RAISED: _raised,
    EventKind.PRIORITY_CHANGED: _prioritised,
    EventKind.CONTACTED: _contacted,
    EventKind.NOTED: _note,
    EventKind.ESCALATED: _escalated,
    EventKind.ESCALATION_ACKNOWLEDGED: _acknowledged_escalation,
    EventKind.RESOLVED: _resolved,
    EventKind.CLOSED: _closed,
    EventKind.REOPENED: _reopened,
    EventKind.SLA_UPDATED: _retimed,
    EventKind.MERGED: _merge,
    EventKind.UNMERGED: _merge,
    EventKind.ABSORBED: _merge,
    EventKind.RELEASED: _merge,
    EventKind.SPLIT: _merge,
    EventKind.FOLLOWED_UP: _followed_up,
    EventKind.CHECKED: _checked,
    EventKind.CUSTOMER_MESSAGED: _messaged,
    EventKind.CUSTOMER_ANSWERED: _answered,
    **TEAMWORK,
    EventKind.CITED: _cited,
    EventKind.UNCITED: _cited,
    EventKind.CONSENT_RECORDED: _consented,
}
