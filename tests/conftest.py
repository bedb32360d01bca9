"""Libraries quiet and their telemetry off, as the command line sets them, before any test imports them."""

import os

import pytest
from hypothesis import settings

from nanni.quiet import LIBRARY_SETTINGS

for name, value in LIBRARY_SETTINGS.items():
    os.environ.setdefault(name, value)

settings.register_profile("untimed", deadline=None)  # how long an example takes says something of the machine only
settings.load_profile("untimed")

LONG = ("test_kills.py", "test_browser.py", "test_openapi.py", "test_flows.py", "test_notebooks.py")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: two workers then end at about the same time."""
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))
