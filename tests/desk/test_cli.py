"""`nanni desk`: accounts and tokens from the command line, the demo's sign-ins and its clock."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from desk.demo import demo_clock, demo_sign_ins, give_accounts
from feedback.errors import ConfigError, NotFoundError, StoreError
from ledger.accounts import account_by_login
from ledger.tokens import find_token
from nanni.cli.commands import app
from nanni.wiring import wire
from tests.desk.site import LIGHT, Desk
from tickets.access import Permission, Role


@pytest.fixture
def told(desk: Desk, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*words: str) -> Any:
        app(["desk", *words, "-w", str(desk.parts.workspace.folder), "--json"], result_action="return_value")
        return json.loads(capsys.readouterr().out)

    return run


def test_an_account_is_made_listed_and_closed(desk: Desk, told: Any) -> None:
    with pytest.raises(StoreError, match="there is an account"):
        told("add-user", "cleo", "--role", "agent")
    made = told("add-user", "dora", "--role", "lead", "--team", "shops")
    assert len(made["password"]) >= 12
    assert desk.browser().sign_in("dora", made["password"]).status_code == 303
    assert {"login": "dora", "name": "dora", "role": "lead", "teams": ["shops"], "disabled": False} in told("users")
    told("disable", "dora")
    assert desk.browser().sign_in("dora", made["password"]).status_code == 401
    with pytest.raises(ConfigError, match="no team 'nowhere'"):
        told("add-user", "emil", "--role", "agent", "--team", "nowhere")
    with pytest.raises(ConfigError, match="whose tickets"):
        told("add-user", "emil", "--role", "agent")


def test_accounts_that_sign_in_at_the_provider_have_no_password(desk: Desk, told: Any) -> None:
    made = told("add-user", "dora@example.org", "--role", "lead", "--team", "shops", "--by-provider")
    assert made["password"] == ""
    with pytest.raises(ConfigError, match="there is no provider"):
        told("sign-in-by-provider", "cleo")
    with (desk.parts.workspace.folder / "nanni.yaml").open("a") as settings:
        settings.write("desk: {sign_in: {issuer: https://id.example.org, client_id: nanni, roles: {cx: agent}}}\n")
    assert told("sign-in-by-provider", "cleo") == {"by_provider": "cleo"}
    assert desk.browser().sign_in("cleo").status_code == 401
    with desk.parts.ledger.read() as uow:
        assert account_by_login(uow.connection, "cleo").password is None


def test_a_token_is_made_listed_and_revoked(desk: Desk, told: Any) -> None:
    secret = told("add-token", "reports", "--scope", "tickets:read", "--scope", "export:read")["token"]
    with desk.parts.ledger.read() as uow:
        found = find_token(uow.connection, secret, desk.clock())
    assert found is not None and found.scopes == {Permission.READ_TICKETS, Permission.EXPORT}
    assert secret not in json.dumps(told("tokens"))
    told("revoke-token", "reports")
    with desk.parts.ledger.read() as uow:
        assert find_token(uow.connection, secret, desk.clock()) is None
    with pytest.raises(NotFoundError):
        told("revoke-token", "reports")


def test_the_demo_has_an_account_for_everybody_and_a_new_password_each_start(desk: Desk) -> None:
    people = {one.login: one for one in demo_sign_ins(desk.parts)}
    assert (people["amira"].role, people["ben"].role, people["cleo"].role) == (Role.MANAGER, Role.AGENT, Role.LEAD)
    _, first = give_accounts(desk.parts, LIGHT, desk.clock())
    _, second = give_accounts(desk.parts, LIGHT, desk.clock())
    assert desk.browser().sign_in("amira", first).status_code == 401
    assert desk.browser().sign_in("amira", second).status_code == 303
    with desk.parts.ledger.read() as uow:
        assert account_by_login(uow.connection, "amira").role is Role.AGENT  # a role given before is kept


def test_the_demos_clock_goes_on_where_its_year_ended(desk: Desk, tmp_path: Path) -> None:
    today = datetime(2030, 1, 1, tzinfo=UTC)
    clock = [today]
    demo = demo_clock(desk.parts, lambda: clock[0])
    assert demo() == desk.clock()
    clock[0] += timedelta(hours=2)
    assert demo() == desk.clock() + timedelta(hours=2)
    early = datetime(2020, 1, 1, tzinfo=UTC)
    assert demo_clock(desk.parts, lambda: early)() == early
    assert wire(desk.parts.workspace.folder).workspace.settings.file.desk_url
