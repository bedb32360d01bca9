"""The command line's verbs beside the API's addresses: docs/api.md names both, and misses none of either."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cyclopts import App
from starlette.testclient import TestClient

from desk.api.routes import ADDRESSES, PREFIX
from nanni.cli.commands import app
from nanni.outer_loop import refresh
from tests.desk.site import Desk
from tests.desk.test_api import client

TABLE = Path(__file__).parents[2] / "docs" / "api.md"
ROW = re.compile(r"^\| (?:`(?P<verb>[^`]+)`|\(only here\)) \| (?P<told>.+) \|$", re.MULTILINE)


def verbs(group: App, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Every command there is, by its words."""
    for name in group:
        if not name.startswith("-"):
            one = group[name]
            named = [*path, name]
            if one.default_command or not [more for more in one if not more.startswith("-")]:
                yield " ".join(named)
            yield from verbs(one, tuple(named))


def test_every_verb_has_an_address_or_a_reason_and_every_address_a_verb() -> None:
    rows = [(found["verb"], found["told"]) for found in ROW.finditer(TABLE.read_text("utf-8"))]
    assert [verb for verb, _ in rows if verb] == sorted(verbs(app))
    named = [address for _, told in rows for address in re.findall(r"`((?:GET|POST) [^`]+)`", told)]
    assert set(named) == {f"{one.method} {one.path}" for one in ADDRESSES}
    for verb, told in rows:
        assert told.startswith("`") != bool(re.match(r"none: .{10}", told)), verb


@pytest.fixture(scope="module")
def api(shared: Desk) -> TestClient:
    refresh(shared.parts)
    return client(shared, secret="parity")


def printed(capsys: pytest.CaptureFixture[str], desk: Desk, command: str) -> Any:
    """What a command prints with `--json`."""
    app([*command.split(), "--json", "-w", str(desk.parts.workspace.folder)], result_action="return_value")
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ("routing explain {key}", "/tickets/{key}/routing"), ("tickets survey {done}", "/tickets/{done}/survey"),
        ("tickets causes", "/root-causes"), ("why-not {key}", "/tickets/{key}/why-not"),
        ("routing coverage", "/routing/coverage"), ("rules schema", "/rules/schema"), ("review list", "/review"),
        ("storms list", "/storms"), ("outer-loop initiatives list", "/initiatives"), ("kb gaps", "/articles/gaps"),
        ("outer-loop nowcast", "/outer-loop/nowcast"),
    ],
)  # fmt: skip
def test_an_answer_is_the_document_of_the_command(
    command: str, path: str, shared: Desk, api: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    key, done = shared.ticket_of("R3").key, shared.ticket_of("R1")
    if done.closure is None:
        body = {"root_cause": "product", "action": "Sent one.", "resolved": "yes"}
        assert api.post(f"{PREFIX}/tickets/{done.key}/resolve", json=body).status_code == 200
    answer = api.get(PREFIX + path.format(key=key, done=done.key))
    assert answer.status_code == 200, answer.text
    if command.startswith("tickets survey"):  # the link ends at another second
        assert answer.json()["ticket"] == printed(capsys, shared, command.format(done=done.key))["ticket"]
    else:
        told = json.loads(answer.text.replace('Z"', '+00:00"'))  # UTC, written either way
        assert told == printed(capsys, shared, command.format(key=key))
