"""What every page of a running desk shares: the parts, templates, sessions, limits, and who looks at what."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment

from desk.counts import BoxCache
from desk.people import People
from desk.presence import Presence, Streams
from desk.security.limits import RateLimit
from desk.security.oidc import Provider
from desk.security.passwords import Passwords
from desk.security.sessions import Sessions
from desk.templating import make_templates
from ledger.identity import secret_key
from nanni.mail_actions import LINK_KEY
from nanni.parts import Parts
from tickets.routing import Routing

STATIC = Path(__file__).parent / "static"


@dataclass
class Site:
    """One desk. `wall` is the machine's clock, for sessions and limits; the ticket clock is `parts.clock`."""

    parts: Parts
    wall: Callable[[], datetime]
    monotonic: Callable[[], float]
    base_url: str
    passwords: Passwords
    requests: RateLimit
    presence: Presence = field(default_factory=Presence)
    streams: Streams = field(default_factory=Streams)
    counts: BoxCache = field(default_factory=BoxCache)
    roster_version: str = ""
    _people: tuple[Routing, People] | None = field(default=None, init=False, repr=False)

    @cached_property
    def sessions(self) -> Sessions:
        """Signing in and staying signed in."""
        return Sessions(self.parts.ledger, self.passwords)

    @cached_property
    def templates(self) -> Environment:
        """The pages' templates."""
        return make_templates(self.static_version)

    @cached_property
    def static_version(self) -> str:
        """Changes with the content of the static files, so that they can be cached for long."""
        digest = sha256()
        for path in sorted(STATIC.iterdir()):
            digest.update(path.read_bytes())
        return digest.hexdigest()[:10]

    @cached_property
    def link_key(self) -> bytes:
        """What signs the desk's links and its sign-in form; kept in the ledger."""
        with self.parts.ledger.begin() as uow:
            return secret_key(uow.connection, LINK_KEY)

    @cached_property
    def provider(self) -> Provider | None:
        """The identity provider of nanni.yaml; None where people sign in with passwords alone."""
        settings = self.parts.workspace.settings
        model, secret = settings.file.desk.sign_in, settings.oidc_client_secret
        return Provider(model, secret.get_secret_value() if secret else None, self.wall) if model else None

    @property
    def people(self) -> People:
        """Who is in routing.yaml, as pages name them."""
        routing = self.parts.workspace.routing
        if self._people is None or self._people[0] is not routing:
            self._people = routing, People.of(routing)
        return self._people[1]

    @property
    def encrypted(self) -> bool:
        """Whether people reach it by https."""
        return urlsplit(self.base_url).scheme == "https"

    @property
    def cookie(self) -> str:
        """The session cookie's name; the prefix makes a browser hold it to this host alone."""
        return "__Host-nanni" if self.encrypted else "nanni"

    @property
    def now(self) -> datetime:
        """The clock that tickets live by."""
        return self.parts.clock()
