"""`nanni tickets` and `nanni kb`: similar tickets, knowledge, ready-made messages."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from cyclopts import App
from rich.console import Console

from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import show, table
from nanni.cli.tickets import By
from nanni.cli.verbatim import printable

if TYPE_CHECKING:
    from nanni.knowledge import Advice

kb = App(name="kb", help="Knowledge articles in kb/: find, and draft what is missing.")


def similar(key: str, *, limit: int = 5, common: Common = COMMON) -> None:
    """List resolved tickets that resemble this one, with what fixed them.

    Parameters
    ----------
    limit
        At most so many.
    """
    from nanni.similar import similar as resembling

    with opened(common) as parts:
        found = resembling(parts, key, limit)

    def draw(screen: Console) -> None:
        if not found:
            screen.print("No ticket that was resolved for its customer resembles it.")
            return
        columns = ["ticket", "subject", "meaning", "words", "root cause", "what was done", "tags"]
        rows = [
            [one.ticket, printable(one.subject), one.meaning, one.words, one.root_cause, done, ", ".join(one.tags)]
            for one in found
            for done in (printable(one.action_taken),)
        ]
        screen.print(table(f"{len(found)} similar tickets that were resolved", columns, rows, ["meaning", "words"]))

    show(found, draw, common.json)


def advice(key: str, *, limit: int = 5, common: Common = COMMON) -> None:
    """List the knowledge articles nearest to what this ticket's customer said.

    Parameters
    ----------
    limit
        At most so many.
    """
    from nanni.knowledge import advice as advised

    with opened(common) as parts:
        found = advised(parts, key, limit)
    _draw_articles(found, common)


def reply(key: str, name: str, *, common: Common = COMMON) -> None:
    """Print a ready-made message of replies/ with the ticket's fields filled in; nothing is sent.

    Parameters
    ----------
    name
        As `nanni tickets replies` lists it.
    """
    from nanni.replies import reply as filled

    with opened(common) as parts:
        found = filled(parts, key, name)
    told = f"{found.subject}\n\n{found.text}"
    show(found, lambda screen: screen.print(told, markup=False, soft_wrap=True), common.json)


def write(
    key: str, *, reply: str = "", subject: str = "", text: str = "", by: By = "cli", common: Common = COMMON
) -> None:
    """Write to the ticket's customer: a mail through the outbox, recorded as a contact (a first touch too).

    Needs `reply` under messages in closing.yaml, and an address that the survey gave.

    Parameters
    ----------
    reply
        A ready-made message of replies/, its fields filled in, where subject or text is not given.
    subject
        The mail's subject.
    text
        The mail's text.
    """
    from nanni.replies import reply as filled
    from nanni.replies import writing
    from nanni.work import act

    with opened(common) as parts:
        found = filled(parts, key, reply) if reply else None
        said = subject or (found.subject if found else ""), text or (found.text if found else "")
        after = act(parts, key, writing(parts, key, by, *said), adds=True)
    show(after, lambda screen: screen.print(f"{after.key}: the mail to the customer is queued."), common.json)


def replies(*, common: Common = COMMON) -> None:
    """List the ready-made messages of replies/."""
    from nanni.replies import names

    with opened(common) as parts:
        found = names(parts)
    show(found, lambda screen: screen.print("\n".join(found) or "None yet: write replies/NAME.txt."), common.json)


@kb.command
def search(query: str, *, limit: int = 5, common: Common = COMMON) -> None:
    """Find articles by meaning and words.

    Parameters
    ----------
    query
        A question or a few words.
    limit
        At most so many.
    """
    from nanni.knowledge import search as found_by

    with opened(common) as parts:
        found = found_by(parts, query, limit)
    _draw_articles(found, common)


@kb.command(name="list")
def list_articles(*, common: Common = COMMON) -> None:
    """List every article and draft."""
    from nanni.knowledge import articles

    with opened(common) as parts:
        found = articles(parts)

    def draw(screen: Console) -> None:
        rows = [
            [a.id, a.title, ", ".join(a.themes), ", ".join(a.root_causes), "draft" if a.draft else ""] for a in found
        ]
        screen.print(table(f"{len(found)} articles", ["article", "title", "themes", "root causes", ""], rows))

    show([{"id": a.id, "title": a.title, "themes": a.themes, "root_causes": a.root_causes, "draft": a.draft}
          for a in found], draw, common.json)  # fmt: skip


@kb.command
def gaps(*, common: Common = COMMON) -> None:
    """List root causes that came back in the last 90 days without an article about them."""
    from nanni.knowledge import missing

    with opened(common) as parts:
        found = missing(parts)

    def draw(screen: Console) -> None:
        rows = [[g.root_cause, g.theme, len(g.tickets), g.customers, f"{g.last:%Y-%m-%d}"] for g in found]
        columns = ["root cause", "theme", "tickets", "customers", "last"]
        screen.print(table(f"{len(found)} gaps", columns, rows, ["tickets", "customers"]))

    show(found, draw, common.json)


@kb.command
def draft(*, common: Common = COMMON) -> None:
    """Write a draft into kb/drafts/ for each gap; what is there is left alone. Drafts hold no customer's words."""
    from nanni.knowledge import write_drafts

    with opened(common) as parts:
        written = write_drafts(parts)
    told = "\n".join(map(str, written)) or "No gap without a draft."
    show(written, lambda screen: screen.print(told, markup=False, soft_wrap=True), common.json)


def _draw_articles(found: "list[Advice]", common: Common) -> None:
    def draw(screen: Console) -> None:
        if not found:
            screen.print("No article speaks of it: see `nanni kb list`, `nanni kb gaps`.")
            return
        rows = [[one.article, one.title, one.heading, one.snippet, one.meaning, one.words] for one in found]
        columns = ["article", "title", "heading", "text", "meaning", "words"]
        screen.print(table(f"{len(found)} articles", columns, rows, ["meaning", "words"]))

    show(found, draw, common.json)


COMMANDS: tuple[tuple[str, Callable[..., None]], ...] = (
    ("similar", similar),
    ("advice", advice),
    ("reply", reply),
    ("write", write),
    ("replies", replies),
)
"""Verbs of `nanni tickets` that live here."""
