"""Libraries quiet and their telemetry off, as the command line sets them, before any test imports them."""

import os

from nanni.quiet import LIBRARY_SETTINGS

for name, value in LIBRARY_SETTINGS.items():
    os.environ.setdefault(name, value)
