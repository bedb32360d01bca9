"""The API against its own document: whatever is sent, no server error and no status that is not written down."""

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from desk.api.routes import ADDRESSES, PREFIX, Address
from desk.app import create_desk
from desk.security.limits import RateLimit
from ledger.tokens import add_token
from nanni.outer_loop import refresh
from tests.desk.site import LIGHT, Desk
from tickets.access import Permission

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")

HOST = "testserver"
"""What Schemathesis calls an application that it asks without a network."""
SECRET = "nanni_secret-of-the-document"
CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")
EXAMPLES = int(os.environ.get("NANNI_API_EXAMPLES", "6"))
"""For each address; a full look takes 50 of them: `NANNI_API_EXAMPLES=50 pytest tests/desk/test_openapi.py`."""
WITHOUT_INPUT = 2


@pytest.fixture(scope="module")
def document(shared: Desk) -> Any:
    """The desk's OpenAPI document, its limit on requests lifted."""
    app = create_desk(shared.parts, base_url=f"http://{HOST}", wall=shared.clock, passwords=LIGHT)
    app.state.site.requests = RateLimit(10**9, 1e9, lambda: 0.0)
    refresh(shared.parts)  # the outer loop is read from the warehouse
    with shared.parts.ledger.begin() as uow:
        add_token(uow.connection, "document", SECRET, tuple(Permission), shared.clock())
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)


@pytest.fixture(scope="module")
def checks() -> list[Any]:
    schemathesis.checks.load_all_checks()
    return [schemathesis.checks.CHECKS.get_one(name) for name in CHECKS]


@pytest.mark.slow
@pytest.mark.parametrize("address", ADDRESSES, ids=lambda one: f"{one.method} {one.path}")
def test_every_answer_is_documented(address: Address, document: Any, checks: list[Any]) -> None:
    operation = document[PREFIX + address.path][address.method]
    given_by = [one for one in operation.iter_parameters() if one.name not in ("idempotency-key", "key")]
    examples = EXAMPLES if given_by or operation.body else WITHOUT_INPUT
    seen: list[int] = []

    @given(case=operation.as_strategy())
    @settings(
        max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True,
        phases=[Phase.generate], database=None,
    )  # fmt: skip
    def ask(case: Any) -> None:
        if "key" in (case.path_parameters or {}) and len(seen) % 3:
            case.path_parameters["key"] = "N-1"  # what is made up is seldom there
        answer = case.call(headers={"Authorization": f"Bearer {SECRET}"})
        seen.append(answer.status_code)
        case.validate_response(answer, checks=checks)

    ask()
    assert len(seen) >= examples // 2
