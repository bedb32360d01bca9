"""A month's summary for managers: who is owed one, queued once, rendered from the monthly report when it is sent."""

from collections.abc import Sequence
from datetime import date, timedelta

from feedback.errors import ConfigError, DeliveryError, DeliveryRefusedError, StoreError
from nanni.customer_messages import sent_by
from nanni.monthly import build, names, parse_month
from nanni.outer_loop import refresh
from nanni.parts import Parts
from outerloop.adapters.duckdb_warehouse import open_reader
from outerloop.monthly_builder import has_responses, month_of
from outerloop.summary_mail import summary_message, summary_page
from tickets.message import Message
from tickets.notice import Audience, Channel, Notice, summary_notices


def last_month(parts: Parts) -> date:
    """The first day of the month before this one, by the workspace's clock and zone."""
    today = parts.clock().astimezone(parts.workspace.settings.zone).date()
    return month_of(today.replace(day=1) - timedelta(days=1)).first


def managers(parts: Parts) -> dict[str, tuple[str, ...]]:
    """Who manages which teams; a team without a manager is the fallback owner's."""
    found: dict[str, tuple[str, ...]] = {}
    for team in parts.workspace.routing.teams:
        who = parts.workspace.routing.manager(team.id)
        found[who] = (*found.get(who, ()), team.id)
    return found


def queue_summaries(parts: Parts, month: date) -> Sequence[Notice]:
    """Owe every manager the month's summary; who was owed it already is owed no second. Returns what is owed.

    The warehouse is refreshed first if it is older than the month's end. None for a month without responses.
    """
    if _stale(parts, month):
        refresh(parts)
    with open_reader(parts.workspace.settings.warehouse) as warehouse:
        if not has_responses(warehouse, month):
            return ()
    audience, routing = parts.workspace.audience, parts.workspace.routing
    # A chat is no place for a summary of somebody's teams; where there is no mail, the console has one for all.
    ways = Audience(audience.mail, console=audience.console)
    owed = {
        notice.id: notice
        for who in managers(parts)
        for notice in summary_notices(f"{month:%Y-%m}", ways, routing.address(who), parts.clock())
    }
    with parts.ledger.begin() as uow:
        uow.outbox.add(list(owed.values()))
    return tuple(owed.values())


def summary_of(parts: Parts, notice: Notice) -> Message:
    """The message of a summary notice, from the warehouse as it is now.

    Raises DeliveryError while there is no warehouse, DeliveryRefusedError when nobody answered in that month.
    """
    try:
        report = build(parts, parse_month(notice.about))
    except StoreError as error:
        raise DeliveryError(error.what, where=f"notice {notice.id}", next_step=error.next_step) from error
    except ConfigError as error:
        raise DeliveryRefusedError(error.what, where=f"notice {notice.id}", next_step=error.next_step) from error
    who = parts.workspace.routing.by_address(notice.target) if notice.channel is Channel.MAIL else None
    teams = managers(parts).get(who, ()) if who else tuple(team.id for team in parts.workspace.routing.teams)
    told = names(parts)
    page = summary_page(report, told, teams, told.person(who) if who else "")
    return summary_message(notice, page, sent_by(parts.workspace.settings))


def preview(parts: Parts, month: date, who: str) -> Message:
    """What a manager would get. Raises ConfigError for somebody who manages no team."""
    known = managers(parts)
    if who not in known:
        raise ConfigError(
            f"{who!r} manages no team", where="routing.yaml", allowed=", ".join(known), next_step="name one of those"
        )
    address = parts.workspace.routing.address(who)
    (notice,) = summary_notices(f"{month:%Y-%m}", Audience(), address or f"{who}@localhost", parts.clock())
    return summary_of(parts, notice)


def _stale(parts: Parts, month: date) -> bool:
    try:
        with open_reader(parts.workspace.settings.warehouse) as warehouse:
            through = warehouse.frame("SELECT through_on FROM meta").through_on.iloc[0]
    except StoreError:
        return True
    return bool(through.date() < month_of(month).ends)
