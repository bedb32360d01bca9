"""Joins the parts: settings to workspace to ledger. The only place that chooses implementations."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from ledger.store import open_ledger
from nanni.parts import Parts
from nanni.settings import load_settings
from nanni.workspace import load_workspace


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def wire(workspace: Path | None = None, clock: Callable[[], datetime] = system_clock) -> Parts:
    """The parts of a workspace, ready to use; close them when done. Raises ConfigError or StoreError."""
    settings = load_settings(workspace, os.environ)
    configured = load_workspace(settings)
    settings.state.mkdir(parents=True, exist_ok=True)
    return Parts(configured, open_ledger(settings.store_url, surveys=configured.surveys), clock)
