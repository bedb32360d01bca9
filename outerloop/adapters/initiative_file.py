"""initiatives.yaml, which a workspace may do without: read whole, added to at the end, comments in it kept."""

import os
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from feedback.adapters.yaml_file import FileModel, load_yaml
from feedback.errors import ConfigError
from outerloop.initiatives import Initiative

FILE = "initiatives.yaml"


class InitiativeModel(FileModel):
    """One initiative as written."""

    id: str
    title: str
    owner: str
    themes: tuple[str, ...]
    started: date
    expected: float
    expected_by: date


class InitiativesModel(FileModel):
    """initiatives.yaml as written."""

    initiatives: tuple[InitiativeModel, ...] = ()


def load_initiatives(path: Path) -> tuple[Initiative, ...]:
    """The initiatives in the file's order; none without a file. Raises ConfigError, also for an id used twice."""
    if not path.exists():
        return ()
    found = tuple(Initiative(**one.model_dump()) for one in load_yaml(path, InitiativesModel).initiatives)
    _require_distinct(path, found)
    return found


def add_initiative(path: Path, initiative: Initiative) -> None:
    """Write the initiative at the file's end, all or nothing. Raises ConfigError, with the file as it was."""
    _require_distinct(path, (*load_initiatives(path), initiative))
    yaml = YAML(typ="rt")
    document: Any = (yaml.load(path.read_text("utf-8")) if path.exists() else None) or {}
    if not document.get("initiatives"):
        document["initiatives"] = []
    document["initiatives"].append(_fields(initiative))
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("w", encoding="utf-8") as handle:
        yaml.dump(document, handle)
    os.replace(fresh, path)


def _fields(initiative: Initiative) -> dict[str, Any]:
    return {
        "id": initiative.id, "title": initiative.title, "owner": initiative.owner, "themes": list(initiative.themes),
        "started": initiative.started, "expected": initiative.expected, "expected_by": initiative.expected_by,
    }  # fmt: skip


def _require_distinct(path: Path, initiatives: tuple[Initiative, ...]) -> None:
    ids = [one.id for one in initiatives]
    if repeated := next((one for i, one in enumerate(ids) if one in ids[:i]), None):
        raise ConfigError(f"initiative {repeated!r} is there already", where=str(path), next_step="choose another id")
