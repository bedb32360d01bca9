"""Knowledge articles: Markdown with a head that says what they are about, cut into passages for search."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tickets.ticket import Ticket


@dataclass(frozen=True, slots=True)
class Article:
    """One article of `kb/`; `id` is its path there without the ending. A draft is not shown to colleagues as help."""

    id: str
    title: str
    text: str
    themes: tuple[str, ...] = ()
    root_causes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """What stands below one heading of an article."""

    article: Article
    heading: str
    text: str

    @property
    def searched(self) -> str:
        """What is searched: title and heading with the text."""
        return (
            f"{self.article.title}. {self.heading}. {self.text}"
            if self.heading
            else f"{self.article.title}. {self.text}"
        )


def passages(articles: Iterable[Article]) -> list[Passage]:
    """Every passage with words, in order; an article without any is its title."""
    return [passage for article in articles for passage in _cut(article)]


def _cut(article: Article) -> Iterator[Passage]:
    heading, lines, any_yet = "", list[str](), False
    for line in [*article.text.splitlines(), "# "]:
        if not line.startswith("#"):
            lines.append(line)
            continue
        text = "\n".join(lines).strip()
        if text:
            any_yet = True
            yield Passage(article, heading, text)
        heading, lines = line.lstrip("# ").strip(), []
    if not any_yet:
        yield Passage(article, "", article.title)


@dataclass(frozen=True, slots=True)
class Gap:
    """A root cause that came back under a theme without an article about it; `tickets` are the ones it was found on."""

    root_cause: str
    theme: str
    tickets: tuple[str, ...]
    customers: int
    last: datetime


def gaps(
    closed: Sequence[Ticket], articles: Sequence[Article], now: datetime, window: timedelta, least: int
) -> list[Gap]:
    """Pairs of root cause and first-level theme that at least `least` customers' tickets of the window share.

    An article (or a draft) that names the root cause and the theme, or the root cause and no theme, fills the gap. Most
    tickets first.
    """
    groups: dict[tuple[str, str], list[Ticket]] = {}
    for ticket in closed:
        if ticket.closure is not None and ticket.resolved_at is not None and now - ticket.resolved_at <= window:
            group = (ticket.closure.root_cause, (ticket.theme or "").partition(".")[0])
            groups.setdefault(group, []).append(ticket)
    found = [
        _gap(cause, theme, tickets)
        for (cause, theme), tickets in groups.items()
        if not any(_about(article, cause, theme) for article in articles)
    ]
    wide = [gap for gap in found if gap.customers >= least]
    return sorted(wide, key=lambda gap: (-len(gap.tickets), gap.root_cause, gap.theme))


def _gap(cause: str, theme: str, tickets: Sequence[Ticket]) -> Gap:
    people = {ticket.customer_id or ticket.key for ticket in tickets}
    last = max(ticket.resolved_at for ticket in tickets if ticket.resolved_at is not None)
    return Gap(cause, theme, tuple(ticket.key for ticket in tickets), len(people), last)


def _about(article: Article, cause: str, theme: str) -> bool:
    named = not article.themes or any(one == theme or one.startswith(f"{theme}.") for one in article.themes)
    return cause in article.root_causes and named


def draft(gap: Gap, theme_name: str, tags: Mapping[str, Sequence[str]], today: date) -> str:
    """The text of an article's draft: what is known without anybody's words, and where to read the rest.

    Articles are kept outside the ledger, where an erasure does not reach: so no customer's words go in, only counts,
    tags and ticket keys.
    """
    cause, what = gap.root_cause.replace("_", " "), theme_name or "no theme"
    done = Counter(tag for key in gap.tickets for tag in tags.get(key, ()))
    ways = "\n".join(f"- {tag}: {count} of {len(gap.tickets)} tickets" for tag, count in done.most_common())
    keys = ", ".join(gap.tickets[:20]) + (" and more" if len(gap.tickets) > 20 else "")
    themes = f"[{gap.theme}]" if gap.theme else "[]"
    return f"""---
title: {what}, caused by {cause}
themes: {themes}
root_causes: [{gap.root_cause}]
draft: true
---
# When it happens

{len(gap.tickets)} tickets of {gap.customers} customers up to {gap.last:%Y-%m-%d} ended with this root cause, and no
article told what to do. Drafted {today.isoformat()}; complete it and take `draft: true` out of the head.

# What helped

{ways or "- nobody tagged how these tickets were resolved"}

Read in the tickets what was done: {keys}

# What to tell the customer

(to be written)
"""
