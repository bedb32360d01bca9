"""What came or changed in the store since a moment of it: what a derived store has to read again."""

from typing import NamedTuple

from sqlalchemy import Connection, delete, exists, func, select, text

from ledger.change_log import RESPONSE, SURVEY, TICKET
from ledger.journal import ERASED
from ledger.schema import changes, found_mentions, journal, responses, theme_versions


class Position(NamedTuple):
    """A moment of the store: the newest response, the changes noted before it, the last entry of the journal.

    `assigned` is the last response that was asked about its discovered themes.
    """

    response: int
    stamp: int
    journal: int
    assigned: int

    def told(self) -> str:
        """As text, for `read`."""
        return ":".join(map(str, self))

    @classmethod
    def read(cls, told: str) -> "Position":
        """The position that `told` wrote."""
        return cls(*map(int, told.split(":")))


class Changed(NamedTuple):
    """Responses by number and tickets by key.

    `rescaled`: a survey's answers now stand on another scale; `erased`: a person was forgotten.
    """

    responses: list[int]
    tickets: list[str]
    rescaled: bool
    erased: bool


def position(connection: Connection) -> Position:
    """Where the snapshot of this reading transaction stands."""
    newest, entry = (
        int(connection.execute(select(func.coalesce(func.max(column), 0))).scalar_one())
        for column in (responses.c.id, journal.c.id)
    )
    if connection.dialect.name == "sqlite":
        stamp = connection.execute(select(func.coalesce(func.max(changes.c.stamp), 0))).scalar_one() + 1
    else:
        stamp = connection.execute(text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")).scalar_one()
    return Position(newest, int(stamp), entry, _assigned(connection))


def pile_up(connection: Connection) -> bool:
    """Whether there can be several notes of one response or ticket: on PostgreSQL each transaction leaves its own."""
    return connection.dialect.name == "postgresql"


def compact(connection: Connection) -> None:
    """Keep of each response or ticket the latest of its settled notes: whoever asks since an earlier one finds that.

    Notes that a running transaction may still be before are left alone. Nothing to do where none `pile_up`.
    """
    if not pile_up(connection):
        return
    later = changes.alias("later")
    settled = text("later.stamp < pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    same = (later.c.kind == changes.c.kind, later.c.key == changes.c.key, later.c.stamp > changes.c.stamp)
    connection.execute(delete(changes).where(exists().where(*same, settled).correlate(changes)))


def _assigned(connection: Connection) -> int:
    latest = select(theme_versions.c.assigned_to).order_by(theme_versions.c.number.desc()).limit(1)
    return int(connection.execute(latest).scalar_one_or_none() or 0)


def changed_since(connection: Connection, since: Position) -> Changed:
    """What this snapshot has that the one at `since` had not, or had otherwise; some of it may be as it was.

    A ticket that changed takes its responses along: which ticket a response counts for may be another now.
    """
    noted = select(changes.c.kind, changes.c.key).where(changes.c.stamp >= since.stamp)
    found: dict[str, set[str]] = {RESPONSE: set(), TICKET: set(), SURVEY: set()}
    for kind, key in connection.execute(noted):
        found[kind].add(key)
    fresh = connection.execute(select(responses.c.id).where(responses.c.id > since.response)).scalars()
    touched = select(responses.c.id).where(
        responses.c.ticket.in_(select(changes.c.key).where(changes.c.kind == TICKET, changes.c.stamp >= since.stamp))
    )
    # A response that came in between the asking and the last look was told without its discovered themes.
    asked = (found_mentions.c.response > since.assigned, found_mentions.c.response <= _assigned(connection))
    themed = connection.execute(select(found_mentions.c.response).where(*asked).distinct()).scalars()
    numbers = {*fresh, *themed, *map(int, found[RESPONSE]), *connection.execute(touched).scalars()}
    forgotten = select(journal.c.id).where(journal.c.id > since.journal, journal.c.action == ERASED).limit(1)
    erased = connection.execute(forgotten).first() is not None
    return Changed(sorted(numbers), sorted(found[TICKET]), bool(found[SURVEY]), erased)
