"""What the API takes: bodies, each with nothing in it but what is named."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from tickets.consent import Consent
from tickets.ticket import Priority

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
Few = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Maybe = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000)]


class Given(BaseModel):
    """A body that is taken: nothing in it but what is named."""

    model_config = ConfigDict(extra="forbid")


class Nothing(Given):
    """No fields."""


class Contact(Given):
    """How the customer was reached and what was said."""

    how: Few
    note: Maybe = ""


class Write(Given):
    """A message to the customer, which goes out as mail."""

    subject: Few
    text: Words


class Note(Given):
    """A note for colleagues; @id calls one. A private one is for its author and those it calls."""

    text: Words
    private: Literal["", "1"] = ""


class Close(Given):
    """Ids of the closing checklist that are done, with spaces between."""

    checked: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000)] = ""


class Escalate(Given):
    """Whom to ask for help, and with what."""

    to: Few
    reason: Words


class Person(Given):
    """Somebody of routing.yaml."""

    person: Few


class Tag(Given):
    """A tag of teamwork.yaml."""

    tag: Few


class Remind(Given):
    """Whom to remind, when (ISO 8601), of what."""

    person: Few
    at: Few
    text: Maybe = ""


class Pause(Given):
    """Why the next step is somebody else's."""

    note: Maybe = ""


class Assign(Given):
    """The new owner, by their id in routing.yaml."""

    owner: Few
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)] = ""


class Prioritise(Given):
    """The new priority and why."""

    priority: Priority
    reason: Few


class Consented(Given):
    """What the customer said about being contacted, for all their tickets."""

    consent: Consent
    note: Maybe = ""


class Cite(Given):
    """An initiative of initiatives.yaml, by its id."""

    initiative: Few


class Resolve(Given):
    """Root cause (of sla.yaml), what was done, and whether it helped the customer."""

    root_cause: Few
    action: Words
    resolved: Literal["yes", "no"]


class Reopen(Given):
    """Why it is owed again."""

    reason: Words


class Release(Given):
    """Rows of the quarantine."""

    rows: Annotated[list[Annotated[int, Field(ge=1, le=2**53)]], Field(min_length=1, max_length=200)]


class Check(Given):
    """Ids of the closing checklist that are done."""

    checked: Words


class DropReminder(Given):
    """The number of a reminder that is to come."""

    number: Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,8}$")]


class Merge(Given):
    """The ticket that is taken over by this one, and why."""

    child: Annotated[str, StringConstraints(pattern=r"^N-[1-9][0-9]{0,17}$")]
    reason: Few


class Unmerge(Given):
    """Why this ticket shall stand alone again."""

    reason: Few


class Split(Given):
    """Responses of the ticket, by id, that become a ticket of their own about a theme of themes.yaml."""

    responses: Annotated[list[Few], Field(min_length=1, max_length=100)]
    theme: Few
    reason: Few


class Correct(Given):
    """The theme of themes.yaml that the ticket is about."""

    category: Few


BODIES: dict[str, type[Given]] = {
    "acknowledge": Nothing,
    "start": Nothing,
    "contact": Contact,
    "note": Note,
    "write": Write,
    "wait": Pause,
    "hold": Pause,
    "assign": Assign,
    "prioritise": Prioritise,
    "resolve": Resolve,
    "close": Close,
    "reopen": Reopen,
    "escalate": Escalate,
    "take-up": Nothing,
    "watch": Person,
    "unwatch": Person,
    "tag": Tag,
    "untag": Tag,
    "consent": Consented,
    "cite": Cite,
    "uncite": Cite,
    "remind": Remind,
    "drop-reminder": DropReminder,
    "check": Check,
}
