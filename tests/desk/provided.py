"""A desk at which people sign in by a provider of our own, and what a browser does there."""

from dataclasses import replace
from typing import Any

from pydantic import SecretStr
from sqlalchemy import delete

from ledger.accounts import change_account, list_access
from ledger.schema import accounts, identities, sessions
from nanni.settings import DeskModel
from nanni.sign_in import SignInModel
from tests.desk.provider import CLIENT, SECRET, FakeProvider
from tests.desk.site import HASH, Browser, Desk
from tickets.access import Role

AMIRA = {"email": "amira@example.org", "email_verified": True, "name": "Amira Khan", "groups": ["cx-agents"]}
MAPPING: dict[str, Any] = {
    "roles": {"cx-agents": "agent", "cx-leads": "lead", "everything": "manager"},
    "teams": {"team-shops": "shops", "everything": "*"},
}


def configured(desk: Desk, provider: FakeProvider, **more: Any) -> None:
    """The desk, as if nanni.yaml and the environment said so."""
    model = SignInModel.model_validate(
        {"issuer": provider.issuer, "client_id": CLIENT, "label": "Larkmoor", **MAPPING, **more}
    )
    settings = desk.parts.workspace.settings
    file = settings.file.model_copy(update={"desk": DeskModel(sign_in=model)})
    changed = replace(settings, file=file, oidc_client_secret=SecretStr(SECRET))
    desk.parts.workspace = replace(desk.parts.workspace, settings=changed)
    desk.app.state.site.__dict__.pop("provider", None)


def as_at_first(desk: Desk, provider: FakeProvider) -> Desk:
    """The desk with nobody signed in by the provider yet, some seconds later."""
    with desk.parts.ledger.begin() as uow:
        for table in (identities, sessions):
            uow.connection.execute(delete(table))
        uow.connection.execute(delete(accounts).where(accounts.c.login.contains("@")))
        change_account(uow.connection, "root", password=HASH, role=Role.ADMIN.value, teams=None)
    desk.clock.pass_by(seconds=3)
    provider.now = desk.clock
    configured(desk, provider)
    return desk


def come_in(browser: Browser, provider: FakeProvider, wanted: str = "/", **answer: str) -> Any:
    """What a browser does: to the provider and back."""
    sent = browser.get("/sign-in/provider", params={"next": wanted})
    assert sent.status_code == 303, sent.text
    return browser.get("/sign-in/provider/back", params={**provider.authorize(sent.headers["location"]), **answer})


def log(desk: Desk) -> list[tuple[str, bool, str | None, str]]:
    with desk.parts.ledger.read() as uow:
        return [(one.what, one.allowed, one.login, one.detail) for one in list_access(uow.connection)]
