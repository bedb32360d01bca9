"""The reference profile of a model folder, for the drift watch."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.adapters.artifact import ArtifactError, read_json
from models.artifact import PROFILE
from models.drift import CONFIDENCE_EDGES, NEGATIVE_EDGES, Profile


class ProfileFile(BaseModel):
    """A profile as files hold it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    confidence: tuple[float, ...] = Field(min_length=len(CONFIDENCE_EDGES) + 1, max_length=len(CONFIDENCE_EDGES) + 1)
    negative: tuple[float, ...] = Field(min_length=len(NEGATIVE_EDGES) + 1, max_length=len(NEGATIVE_EDGES) + 1)
    unknown: float
    rows: int

    def profile(self) -> Profile:
        """The profile itself."""
        return Profile(self.confidence, self.negative, self.unknown, self.rows)


def read_profile(folder: Path) -> Profile:
    """What the held-out feedback of a folder's model looked like, to compare a survey's comments with."""
    path = folder / PROFILE
    try:
        return ProfileFile.model_validate(read_json(path)).profile()
    except ValidationError as error:
        raise ArtifactError("the profile lacks a part", where=str(path)) from error
