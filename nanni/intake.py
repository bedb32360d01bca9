"""Which files to take, what to say of each, and how one bad file leaves the others alone."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from feedback.adapters.inbox import ready_files
from feedback.disposition import Disposition
from feedback.errors import NanniError, SourceError
from feedback.ports import Run, RunState
from models.drift import Drift
from nanni.parts import Parts

ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class Taken:
    """One file taken: its run with counts, and responses by rule that fired. `already`: the bytes were known.

    `drift`: how its comments stand to those that the model was set on; None where nothing was compared.
    """

    run: Run
    fired: Mapping[str, int]
    already: bool
    drift: Drift | None = None

    def summary(self) -> dict[str, Any]:
        """Counts fit for a terminal table, JSON and Prefect's result; no customer text."""
        counts = self.run.counts or {}
        return {
            "run": self.run.id,
            "survey": self.run.survey,
            "file": self.run.file_name,
            "received": self.run.received,
            "already_ingested": self.already,
            "counts": {disposition.value: counts.get(disposition, 0) for disposition in Disposition},
            "fired": dict(Counter(self.fired).most_common()),
            "drift": asdict(self.drift) if self.drift else None,
        }


def waiting_files(parts: Parts, survey: str | None, path: Path | None) -> list[tuple[str, Path]]:
    """The files to take, by survey id: the named one, else the complete files of the inboxes that are not in yet.

    Raises ConfigError for an unknown survey, SourceError for a file without a survey or one that is not there.
    """
    workspace = parts.workspace
    chosen = [workspace.survey(survey)] if survey else list(workspace.surveys.values())
    if path is None:
        with parts.ledger.read() as uow:
            known = {(run.survey, run.content_hash) for run in uow.runs.list(ALL) if run.state is RunState.DONE}
        return [
            (definition.id, found.path)
            for definition in chosen
            for found in ready_files(workspace.folder, definition, parts.clock())
            if (definition.id, found.sha256) not in known
        ]
    if len(chosen) != 1:
        raise SourceError(
            "which survey is this file of?",
            where=str(path),
            allowed=", ".join(sorted(workspace.surveys)),
            next_step=f"nanni ingest {path} --survey ID",
        )
    if not path.is_file():
        raise SourceError("no such file", where=str(path), next_step="check the path")
    return [(chosen[0].id, path.resolve())]


def take_all(waiting: Sequence[tuple[str, Path]], take: Callable[[str, Path], dict[str, Any]]) -> list[dict[str, Any]]:
    """Take every file; those that cannot be taken are told of together, after the others are in."""
    done: list[dict[str, Any]] = []
    errors: list[NanniError] = []
    for survey, path in waiting:
        try:
            done.append(take(survey, path))
        except SourceError as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise SourceError(
            f"{len(errors)} of {len(waiting)} files could not be taken: " + " | ".join(str(error) for error in errors),
            next_step="mend them and run `nanni ingest` again; the other files are in",
        )
    return done
