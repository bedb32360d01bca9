"""A draft of the policy, tried out without becoming the policy."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from desk.errors import BadFormError
from nanni.parts import Parts
from nanni.workspace import POLICY_FILE

MOST = 50_000
"""Responses of one survey that a request replays; a longer history is for the command line, which shares it out."""
LONGEST = 100_000


@contextmanager
def draft_file(parts: Parts, text: str) -> Iterator[Path]:
    """The draft as a file, for as long as it is looked at."""
    parts.workspace.settings.state.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=parts.workspace.settings.state) as folder:
        path = Path(folder) / POLICY_FILE
        path.write_text(text, "utf-8", errors="replace")
        yield path


def require_short(parts: Parts, since: datetime) -> None:
    """Raise BadFormError when there is more since then than a request replays."""
    with parts.ledger.read() as uow:
        if any(uow.responses.cuts(name, since, None, MOST) for name in parts.workspace.surveys):
            raise BadFormError(
                f"these are more than {MOST:,} responses of one survey",
                next_step="choose a shorter span, or run `nanni rules backtest --policy FILE`",
            )
