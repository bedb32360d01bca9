"""The drift watch: each batch's comments are counted as they land, and compared with those the model was set on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ledger.profiles import keep_tally, recent_tally, run_tally
from ledger.store import SqlUnitOfWork
from models.adapters.profile import read_profile
from models.artifact import PROFILE
from models.drift import Drift, DriftState, Profile, Tally, compare, tally_columns
from models.sentiment import NoSentiment, SentimentScores
from nanni.parts import Parts

ENOUGH = 500
"""Comments of a survey that the doctor judges together, so that daily exports of a few rows add up."""

UNSURE = 0.05
"""How much larger than in the model's own reference the share of comments may be that it is unsure of."""

NEXT_STEP = (
    "label a few hundred comments as they came in, look at `nanni model evaluate`, and pick the operating point anew "
    "with `nanni model operating-point FILE … --write`, which also makes them what later ones are compared with"
)


@dataclass(frozen=True, slots=True)
class Heard:
    """How the comments of one batch sounded to a model, counted."""

    model_id: str
    tally: Tally


def heard_in(columns: Sequence[SentimentScores]) -> Heard | None:
    """What a batch's score columns come to; None where no model was asked or none of its comments could be scored."""
    if not columns or columns[0].model_id == NoSentiment.model_id:
        return None
    counted = tally_columns(columns)
    return Heard(columns[0].model_id, counted) if counted.rows else None


def keep_heard(uow: SqlUnitOfWork, run_id: str, batch: int, heard: Heard | None) -> None:
    """Keep it in the batch's own transaction, after the batch was recorded."""
    if heard is not None:
        keep_tally(uow.connection, run_id, batch, heard.model_id, heard.tally)


def reference(parts: Parts) -> Profile | None:
    """What comments are compared with: the workspace's labelled ones, else those the model came with, else nothing."""
    if parts.workspace.contract is not None:
        return parts.workspace.contract.profile
    from models.adapters.onnx_sentiment import DEFAULT_ARTIFACT

    name = parts.workspace.settings.file.sentiment.model
    folder = DEFAULT_ARTIFACT if name == "default" else Path(name)
    return read_profile(folder) if (folder / PROFILE).is_file() else None


def drift_of_run(parts: Parts, run_id: str) -> Drift | None:
    """How far a run's comments are from the reference; None when nothing was scored or there is no reference."""
    with parts.ledger.read() as uow:
        counted = run_tally(uow.connection, run_id)
    return _compared(parts, counted.profile()) if counted.rows else None


def drift_of_survey(parts: Parts, survey: str) -> Drift | None:
    """The same of a survey's latest comments, at least `ENOUGH` where there are so many, under the model in use."""
    with parts.ledger.read() as uow:
        counted = recent_tally(uow.connection, survey, parts.model.model_id, ENOUGH)
    return _compared(parts, counted.profile()) if counted.rows else None


def told(drift: Drift) -> str:
    """A drift in words, for example "steady (confidence 0.03, negative 0.05, unsure of +1%, 512 comments)"."""
    indices = f"confidence {drift.confidence_index:.2f}, negative {drift.negative_index:.2f}"
    return f"{drift.state.value} ({indices}, unsure of {drift.unsure_gain:+.0%}, {drift.rows:,} comments)"


def judged(known: Profile, current: Profile, *, own: bool) -> Drift:
    """Compare with a reference: the team's own labelled comments of these surveys, or those the model came with.

    Another survey than those the model was set on looks different from its first day and need not be worse, so beside
    the model's reference only comments alarm of which it is clearly less sure. Beside the team's any large move does.
    """
    drift = compare(known, current)
    if not own and drift.state is DriftState.ALARM and drift.unsure_gain < UNSURE:
        return replace(drift, state=DriftState.DIFFERENT)
    return drift


def _compared(parts: Parts, current: Profile) -> Drift | None:
    known = reference(parts)
    return None if known is None else judged(known, current, own=parts.workspace.contract is not None)
