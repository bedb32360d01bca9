"""Desks for tests: one to read from, fresh ones to change; each is a copy of one filled workspace."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk.provided import AMIRA, as_at_first
from tests.desk.provider import FakeProvider, providing
from tests.desk.site import Desk, fill, open_desk


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace to copy."""
    folder = tmp_path_factory.mktemp("filled") / "w"
    fill(folder)
    return folder


@pytest.fixture(scope="module")
def shared(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk for the tests of one module that change nothing the others look at."""
    made = open_desk(shutil.copytree(filled, tmp_path_factory.mktemp("desk") / "w"))
    yield made
    made.parts.close()


@pytest.fixture
def desk(filled: Path, tmp_path: Path) -> Iterator[Desk]:
    """A desk of the test's own."""
    made = open_desk(shutil.copytree(filled, tmp_path / "w"))
    yield made
    made.parts.close()


@pytest.fixture(scope="session")
def listening() -> Iterator[FakeProvider]:
    """An identity provider on a port of its own."""
    with providing() as found:
        yield found


@pytest.fixture
def provider(listening: FakeProvider) -> FakeProvider:
    """The provider as it was at first."""
    fresh = FakeProvider(issuer=listening.issuer, key=listening.key, who=dict(AMIRA))
    listening.__dict__.update(fresh.__dict__)
    return listening


@pytest.fixture(scope="session")
def steady(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One desk for all tests of signing in by a provider."""
    made = open_desk(shutil.copytree(filled, tmp_path_factory.mktemp("steady") / "w"))
    yield made
    made.parts.close()


@pytest.fixture
def by_provider(steady: Desk, provider: FakeProvider) -> Desk:
    """That desk, as at first."""
    return as_at_first(steady, provider)
