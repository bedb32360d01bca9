"""Desks for tests: one to read from, fresh ones to change."""

from collections.abc import Iterator

import pytest

from tests.desk.site import Desk, make_desk


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk for the tests of one module that change nothing the others look at."""
    made = make_desk(tmp_path_factory.mktemp("desk") / "w")
    yield made
    made.parts.close()


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk of the test's own."""
    made = make_desk(tmp_path_factory.mktemp("desk") / "w")
    yield made
    made.parts.close()
