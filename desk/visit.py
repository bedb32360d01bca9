"""One request of one person: what a page's handler receives, and the ways it can answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from desk.errors import BadFormError, SignInError
from desk.marks import Marks
from desk.reader import Reader
from desk.site import Site
from desk.telling import told
from feedback.errors import NotFoundError
from ledger.accounts import Account, Session
from ledger.bulk import storable
from ledger.places import at_places
from ledger.store import SqlUnitOfWork
from tickets.access import GRANTS, Permission, Scope
from tickets.ticket import Ticket

Form = Mapping[str, list[str]]
LONGEST_FIELD = 20_000


@dataclass
class Visit:
    """A request, who makes it, and what they sent."""

    site: Site
    request: Request
    reader: Reader
    session: Session | None = None
    form: Form = field(default_factory=dict)
    files: Mapping[str, list[UploadFile]] = field(default_factory=dict)

    @property
    def person(self) -> Account:
        """Who is signed in. Raises SignInError."""
        if self.session is None:
            raise SignInError("sign in first")
        return self.session.account

    @property
    def address(self) -> str:
        """Where the request comes from."""
        return self.request.client.host if self.request.client else ""

    @property
    def origin(self) -> str:
        """Where people reach the desk, without a path."""
        url = self.request.url
        return self.site.base_url.rstrip("/") or f"{url.scheme}://{url.netloc}"

    @property
    def scope(self) -> Scope:
        """Whose tickets the person sees: their teams', their own, and those of the places they answer for."""
        scope, hierarchy = self.person.scope, self.site.parts.workspace.routing.hierarchy
        if hierarchy is None or scope.teams is None or scope.member is None:
            return scope
        return replace(scope, places=hierarchy.places(scope.member))

    def sees(self, ticket: Ticket) -> bool:
        """Whether the person sees a ticket."""
        scope = self.scope
        if scope.sees(ticket) or not scope.places:
            return scope.sees(ticket)
        with self.site.parts.ledger.read() as uow:
            return at_places(uow.connection, ticket.key, scope.places)

    def may(self, permission: Permission) -> bool:
        """Whether the person is granted something."""
        return self.session is not None and permission in GRANTS[self.person.role]

    def path(self, name: str) -> str:
        """A part of the address."""
        return storable(str(self.request.path_params[name]))

    def query(self, name: str, default: str = "") -> str:
        """A field of the query, cut to length."""
        return storable(self.request.query_params.get(name, default)[:500])

    def field(self, name: str, default: str = "") -> str:
        """A field of the form, stripped. Raises BadFormError when it is too long."""
        value = (self.form.get(name) or [default])[0].strip()
        if len(value) > LONGEST_FIELD:
            raise BadFormError(f"{name} has more than {LONGEST_FIELD:,} characters", next_step="make it shorter")
        return value

    def number(self, name: str) -> int | None:
        """A field that is a whole number; None when it is empty. Raises BadFormError."""
        value = self.field(name)
        if not value:
            return None
        if not (value.isascii() and value.isdecimal() and len(value) < 10):
            raise BadFormError(f"{name} is no number", next_step="load the page again")
        return int(value)

    def ticket(self, uow: SqlUnitOfWork, key: str) -> Ticket:
        """A ticket within the person's scope. Raises NotFoundError for any other, as if there were none."""
        try:
            ticket = uow.tickets.get(key)
        except NotFoundError as error:
            raise no_ticket(key) from error
        if not self.sees(ticket):
            raise no_ticket(key)
        return ticket

    def page(self, template: str, status: int = 200, **names: Any) -> Response:
        """A page."""
        site, request, reader = self.site, self.request, self.reader
        flash, undo = (self.session.flash, self.session.undo) if self.session else ("", "")
        people = site.people
        shown: dict[str, Any] = {
            "visit": self,
            "t": reader.texts,
            "reader": reader,
            "mark": Marks(reader),
            "person": self.session.account if self.session else None,
            "csrf": self.session.csrf if self.session else "",
            "may": self.may,
            "granted": GRANTS[self.person.role] if self.session else frozenset(),
            "P": Permission,
            "here": request.url.path,
            "query_string": request.url.query,
            "flash": json.loads(flash) if flash else None,
            "undo": undo if flash else "",
            "clock": site.now,
            "names": people.names,
            "teams": people.teams,
            "owners": people.owners,
            "told": lambda event: told(event, reader.texts, people),
            **names,
        }
        body = site.templates.get_template(template).render(shown)
        if self.session and flash:
            site.sessions.change(self.session, flash="")
        return HTMLResponse(body, status)

    def go(self, to: str, flash: str = "", undo: str = "") -> Response:
        """To another page of the desk, with something to say there."""
        if self.session and (flash or undo):
            self.site.sessions.change(self.session, flash=flash, undo=undo)
        return RedirectResponse(own_path(to), 303)


def no_ticket(key: str) -> NotFoundError:
    """What is said of a ticket that is not there, and word for word of one of another team."""
    return NotFoundError(f"no ticket {key!r}", next_step="look in your inbox")


def own_path(to: str) -> str:
    """The path if it is one of the desk's own, else the start page: nobody is sent to another site."""
    plain = to.startswith("/") and not to.startswith(("//", "/\\")) and not any(ord(c) < 33 for c in to)
    return quote(to, safe="/?&=%+,:;~-._@") if plain else "/"
