"""The recall contract's file, `operating_point.json` of a workspace: written from labels, read at each start."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from feedback.errors import ConfigError
from models.adapters.profile import ProfileFile
from models.contract import RecallContract
from models.operating_point import OperatingPoint
from models.sentiment import CLASSES, Sentiment

CONTRACT_FILE = "operating_point.json"
Share = Annotated[float, Field(ge=0, le=1)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _PointFile(_Model):
    threshold: Annotated[float, Field(gt=0, le=1)]
    recall: Share
    recall_lower: Share
    level: Share
    precision: Share
    tickets_share: Share
    rows: int
    negatives: int


class _ContractFile(_Model):
    model: str
    miss_at_most: Annotated[float, Field(gt=0, lt=1)]
    point: _PointFile
    alpha: Share
    conformal: dict[Sentiment, Share] = Field(min_length=len(CLASSES))
    profile: ProfileFile
    labelled: str = ""
    reviewed_share: Share = 0.0


def write_contract(contract: RecallContract, path: Path) -> None:
    """Write it, for people to read in a diff too."""
    document = {"model": contract.model_id, **asdict(contract)}
    del document["model_id"]
    path.write_text(json.dumps(document, indent=2) + "\n", "utf-8")


def read_contract(path: Path) -> RecallContract | None:
    """The contract of a workspace, None where no operating point was picked. Raises ConfigError for a broken file."""
    if not path.is_file():
        return None
    try:
        found = _ContractFile.model_validate_json(path.read_text("utf-8"))
    except (OSError, ValidationError) as error:
        raise ConfigError(
            f"no operating point can be read here: {str(error).splitlines()[0]}",
            where=str(path),
            next_step="write it anew with `nanni model operating-point FILE … --write`",
        ) from error
    return RecallContract(
        model_id=found.model,
        miss_at_most=found.miss_at_most,
        point=OperatingPoint(**found.point.model_dump()),
        alpha=found.alpha,
        conformal=found.conformal,
        profile=found.profile.profile(),
        labelled=found.labelled,
        reviewed_share=found.reviewed_share,
    )
