"""What a customer reads: a template's text with a few names filled in, as mail. No word of the team's own notes.

A template's first line is the subject; what follows an empty line is the text. It can use `name`, `reference`,
`survey`, `opened`, `words`, `link` and `owner`.
"""

from dataclasses import dataclass
from html import escape

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from feedback.errors import ConfigError
from tickets.message import Message, SentBy, clean, message_id
from tickets.notice import Notice, NoticeKind
from tickets.ticket import Ticket

_TEMPLATES = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)


_BY_MACHINE = (("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All"))
"""What mails say that no person wrote, so that no machine answers them."""


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """All that a message to a customer may show; `name` and `words` may be empty, `link` is that of the survey."""

    name: str
    reference: str
    survey: str
    opened: str
    owner: str
    words: str = ""
    link: str = ""

    def names(self) -> dict[str, str]:
        """What templates call them."""
        return {
            "name": self.name,
            "reference": self.reference,
            "survey": self.survey,
            "opened": self.opened,
            "owner": self.owner,
            "words": self.words,
            "link": self.link,
        }


SAMPLE = CustomerFacts(
    "Ann Example", "N-17", "Store visits", "3 March", "Amira", "Your order\n\nWe changed it.", "https://x.example/s"
)


def filled(template: str, facts: CustomerFacts, where: str) -> tuple[str, str]:
    """Subject and text. Raises ConfigError for a template that cannot be used."""
    try:
        whole = _TEMPLATES.from_string(template).render(facts.names())
    except TemplateError as error:
        raise ConfigError(
            f"the template cannot be used: {error.message}",
            where=where,
            allowed=", ".join(facts.names()),
            next_step="correct it, or remove the file to use the one that comes with Nanni",
        ) from error
    subject, _, text = whole.partition("\n")
    if not subject.strip() or not text.strip():
        raise ConfigError(
            "a template needs a subject on its first line and a text below",
            where=where,
            next_step="write the subject, an empty line, and the text",
        )
    return clean(subject.removeprefix("Subject:")), text.strip() + "\n"


def render_customer(
    notice: Notice, ticket: Ticket, address: str, template: str, facts: CustomerFacts, by: SentBy, where: str
) -> Message:
    """The mail to a customer; the same facts give the same bytes."""
    subject, text = filled(template, facts, where)
    return Message(
        id=notice.id,
        channel=notice.channel,
        target=address,
        sender=by.sender,
        subject=subject,
        text=text,
        html=_html(text, facts.link),
        summary="",
        link=facts.link,
        created_at=notice.created_at,
        headers=(
            ("Message-ID", message_id(ticket, notice.event_sequence, by.domain)),
            *(() if notice.kind is NoticeKind.CUSTOMER_REPLY else _BY_MACHINE),
            ("X-Nanni-Notice", notice.id),
        ),
    )


def _html(text: str, link: str) -> str:
    """The text as paragraphs, the survey's address as a link."""
    paragraphs = [escape(part).replace("\n", "<br>") for part in text.strip().split("\n\n")]
    body = "".join(f"<p>{part}</p>" for part in paragraphs)
    if link:
        shown = escape(link)
        body = body.replace(shown, f'<a href="{shown}">{shown}</a>')
    return f"<!doctype html><html><body>{body}</body></html>"
