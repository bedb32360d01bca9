"""The page behind a mail's link: looking changes nothing, the button does, and only once."""

from starlette.responses import Response

from desk.verbs import VERBS, Doing
from desk.visit import Visit
from feedback.errors import NanniError
from ledger.accounts import log_access, use_link
from ledger.store import SqlUnitOfWork
from nanni.mail_actions import MailAction, read_action, require_owner
from nanni.work import act
from tickets.lifecycle import LifecycleError, allowed
from tickets.links import LinkError
from tickets.ticket import Ticket


def show(visit: Visit) -> Response:
    """What the link would do. Mail programs and scanners open links; this changes nothing."""
    action = _action(visit)
    with visit.site.parts.ledger.read() as uow:
        ticket = uow.tickets.get(action.ticket)
    require_owner(ticket, action)
    ready = VERBS[action.verb].move in allowed(ticket.status)
    return visit.page("act.html", action=action, ticket=ticket, ready=ready, done=False)


def do(visit: Visit) -> Response:
    """Do it, once."""
    action, site = _action(visit), visit.site

    def within(uow: SqlUnitOfWork, ticket: Ticket) -> None:
        require_owner(ticket, action)
        if not use_link(uow.connection, visit.path("token"), site.wall()):
            raise LinkError("this link was used before", next_step="sign in at the desk to go on")
        log_access(
            uow.connection, site.wall(), "mail link", True, None, visit.address, f"{action.verb} {action.ticket}"
        )

    doing = Doing(site.parts, action.actor, site.now, {})
    try:
        after = act(site.parts, action.ticket, VERBS[action.verb].build(doing), also=within)
    except LifecycleError:
        return show(visit)
    return visit.page("act.html", action=action, ticket=after, ready=False, done=True)


def _action(visit: Visit) -> MailAction:
    try:
        return read_action(visit.site.parts, visit.site.link_key, visit.path("token"), visit.site.now)
    except NanniError as error:
        with visit.site.parts.ledger.begin() as uow:
            log_access(uow.connection, visit.site.wall(), "mail link", False, None, visit.address, error.what)
        raise
