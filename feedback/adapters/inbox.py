"""A watched folder: which of a survey's files are complete, and the hash their bytes are known by."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from feedback.survey import SurveyDefinition

UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".filepart")
"""Names that copying programs give a file until it is whole."""

SETTLE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A complete file: its SHA-256 (64 hex digits) and size in bytes."""

    path: Path
    sha256: str
    size: int


def ready_files(
    workspace: Path, survey: SurveyDefinition, now: datetime, settle: timedelta = SETTLE
) -> list[FoundFile]:
    """The survey's files that are complete at `now` (aware), by name.

    Complete is a file that has not changed for `settle`, has no name of an unfinished copy, and kept its size while it
    was hashed. Hidden files and spreadsheets' lock files are passed over. Empty files are taken: reading them tells.
    """
    found = (_take(path, now, settle) for path in candidates(workspace, survey))
    return [file for file in found if file]


def candidates(workspace: Path, survey: SurveyDefinition) -> list[Path]:
    """The files that the survey's path names, by name: that file, those in that folder, or those of that glob."""
    path = workspace / survey.source.path
    root = Path(path.anchor)
    paths: Iterator[Path] = iter([path] if path.exists() else root.glob(str(path.relative_to(root))))
    if path.is_dir():
        paths = path.iterdir()
    return sorted(path for path in paths if path.is_file() and not _passed_over(path.name))


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes (64 hex digits), read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _passed_over(name: str) -> bool:
    return name.startswith((".", "~$")) or name.casefold().endswith(UNFINISHED)


def _take(path: Path, now: datetime, settle: timedelta) -> FoundFile | None:
    before = path.stat()
    if now.timestamp() - before.st_mtime < settle.total_seconds():
        return None
    digest = file_hash(path)
    after = path.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        return None
    return FoundFile(path, digest, after.st_size)
