"""Read and check a model artifact folder."""

import hashlib
import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from feedback.errors import ConfigError, NotFoundError
from models.artifact import MANIFEST, Calibration, Manifest


class ArtifactError(ConfigError):
    """A model folder is incomplete or was changed; it is not used."""


class _ManifestFile(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str = Field(min_length=1)
    files: dict[str, str] = Field(min_length=1)


class _CalibrationFile(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    sentiment_temperature: float = Field(gt=0)
    frustration_temperature: float = Field(gt=0)


def open_artifact(folder: Path) -> Manifest:
    """The manifest of a folder whose files all have the hashes it lists.

    Raises NotFoundError for no manifest and ArtifactError for a broken manifest or a file that is absent or changed.
    """
    if not (folder / MANIFEST).is_file():
        raise NotFoundError(
            f"no {MANIFEST}, so this is no model folder",
            where=str(folder),
            next_step="name a folder written by `python -m models.training.sentiment`",
        )
    try:
        document = _ManifestFile.model_validate(read_json(folder / MANIFEST))
    except ValidationError as error:
        raise ArtifactError("the manifest lacks name or files", where=str(folder / MANIFEST)) from error
    manifest = Manifest(document.name, document.files)
    found = {file: _sha256(folder / file) for file in manifest.files if (folder / file).is_file()}
    if changed := manifest.changed(found):
        raise ArtifactError(
            f"{', '.join(changed)} absent or not as listed in {MANIFEST}",
            where=str(folder),
            next_step="restore the folder from git, or train again so that model and manifest are written together",
        )
    return manifest


def read_calibration(folder: Path) -> Calibration:
    """The temperatures of a folder; raises ArtifactError when they are not positive numbers."""
    path = folder / "calibration.json"
    try:
        document = _CalibrationFile.model_validate(read_json(path))
    except ValidationError as error:
        raise ArtifactError("a temperature is missing or not positive", where=str(path)) from error
    return Calibration(document.sentiment_temperature, document.frustration_temperature)


def read_json(path: Path) -> Any:
    """A JSON file of an artifact folder; raises ArtifactError when it cannot be read."""
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ArtifactError(f"cannot be read as JSON: {error}", where=str(path)) from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
