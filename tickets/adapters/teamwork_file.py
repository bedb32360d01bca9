"""teamwork.yaml, which a workspace may do without: tags by group, limits of attachments."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from feedback.adapters.yaml_file import FileModel, load_yaml
from feedback.errors import ConfigError
from tickets.attachments import DEFAULT_TYPES, Limits
from tickets.teamwork import DEFAULT_TAGS, Teamwork

Tag = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
MediaType = Annotated[str, StringConstraints(pattern=r"^[a-z]+/[a-z0-9.+-]+$")]


class AttachmentsModel(FileModel):
    """Limits of one file and of one ticket."""

    max_megabytes: float = Field(default=10, gt=0, le=1000)
    files: int = Field(default=20, ge=0)
    types: tuple[MediaType, ...] = DEFAULT_TYPES


class TeamworkModel(FileModel):
    """teamwork.yaml as written; the group `resolution` says how tickets are resolved, of which each has one."""

    tags: dict[Tag, tuple[Tag, ...]] = Field(default_factory=lambda: dict(DEFAULT_TAGS))
    attachments: AttachmentsModel = AttachmentsModel()


def load_teamwork(path: Path) -> Teamwork:
    """Read teamwork.yaml; defaults where there is none. Raises ConfigError, also for a tag of two groups."""
    if not path.exists():
        return Teamwork()
    model = load_yaml(path, TeamworkModel)
    every = [tag for group in model.tags.values() for tag in group]
    if repeated := next((tag for i, tag in enumerate(every) if tag in every[:i]), None):
        raise ConfigError(f"tag {repeated!r} is named twice", where=f"{path}: tags", next_step="keep it in one group")
    limits = model.attachments
    return Teamwork(model.tags, Limits(int(limits.max_megabytes * 1_000_000), limits.files, limits.types))
