"""The lines of an inbox as HTML, drawn in Python: a page has fifty of them, and a template takes ten times as long.

Everything that comes from data is escaped here; nothing else of the desk writes HTML by hand but `desk.marks`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

from markupsafe import Markup

from desk.marks import Marks
from desk.texts import Texts
from tickets.inbox import InboxRow
from tickets.ticket import LIVE


@dataclass(frozen=True, slots=True)
class Lines:
    """How one reader sees lines: `names` of owners and `themes` by id, `choosing` whether lines can be ticked."""

    marks: Marks
    names: Mapping[str, str]
    themes: Mapping[str, str]
    choosing: bool

    def __call__(self, rows: Iterable[InboxRow]) -> Markup:
        """The lines in order."""
        return Markup("".join([self._line(row) for row in rows]))

    def _line(self, row: InboxRow) -> str:
        ticket, texts = row.ticket, self.marks.reader.texts
        key = escape(ticket.key)
        return (
            f'<div class="row">\n{_tick(key, texts) if self.choosing else "<span></span>"}'
            f'<span class="row-sign">{self.marks.severity(ticket.severity)}</span>\n'
            f'<div class="row-text"><a class="row-link" href="/tickets/{key}"><div class="row-words" dir="auto">'
            f"{escape(row.words or ticket.subject or ticket.key)}</div></a>\n"
            f'<div class="row-about">{self._about(row)}</div></div>\n'
            f"{_owner(self.marks, self.names.get(ticket.owner, ticket.owner))}"
            f'<span class="row-due">{self._due(row)}</span>\n</div>\n'
        )

    def _about(self, row: InboxRow) -> str:
        """Key, status, customer, score, theme, and when it was opened."""
        ticket, reader = row.ticket, self.marks.reader
        told = [] if row.score is None else [reader.texts("inbox.scored", score=reader.number(row.score))]
        told += [self.themes.get(ticket.theme, ticket.theme)] if ticket.theme else []
        told.append(reader.short(ticket.opened_at))
        customer = f"<bdi>{escape(row.customer)}</bdi> · " if row.customer else ""
        where = escape(f"{ticket.key} · {reader.texts.word('status', ticket.status)}")
        return f"{where} · {customer}{escape(' · '.join(told))}"

    def _due(self, row: InboxRow) -> str:
        """What is left of the next promise, that nothing is owed any more, or that no clock runs."""
        mark, texts, status = self.marks, self.marks.reader.texts, row.ticket.status
        if row.next_due:
            return mark.due(row.next_due)
        icon, told = ("pause", texts("due.none")) if status in LIVE else ("check", texts.word("status", status))
        return f'<span class="due">{mark.icon(icon)}{escape(told)}</span>'


def _tick(key: str, texts: Texts) -> str:
    return f'<input type="checkbox" name="key" value="{key}" aria-label="{escape(texts("bulk.choose", key=key))}">'


def _owner(marks: Marks, owner: str) -> str:
    hidden = f'<span class="visually-hidden">{escape(owner)}</span>'
    return f'<span class="row-end">{marks.avatar(owner)}{hidden}</span>\n'
