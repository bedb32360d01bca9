"""The drift watch: each batch's comments are counted as they land, and compared with those the model was set on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ledger.profiles import edge_tallies, keep_tally, run_tally
from ledger.store import SqlUnitOfWork
from models.adapters.profile import read_profile
from models.artifact import PROFILE
from models.drift import Beside, Drift, DriftState, Profile, Tally, compare, tally_columns
from models.sentiment import NoSentiment, SentimentScores
from nanni.parts import Parts

ENOUGH = 500
"""Comments of a survey that the doctor judges together, so that daily exports of a few rows add up; as many of its
first ones are what later ones are compared with."""

UNSURE, LOST = 0.05, 0.25
"""How much larger than in the model's own reference the share of comments may be that it is unsure of before the doctor
says so, and before it alarms."""

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


def reference(parts: Parts) -> tuple[Profile, Beside] | None:
    """What comments are compared with: the workspace's labelled ones, else those the model came with, else nothing."""
    if parts.workspace.contract is not None:
        return parts.workspace.contract.profile, Beside.LABELLED
    from models.adapters.onnx_sentiment import DEFAULT_ARTIFACT

    name = parts.workspace.settings.file.sentiment.model
    folder = DEFAULT_ARTIFACT if name == "default" else Path(name)
    return (read_profile(folder), Beside.MODEL) if (folder / PROFILE).is_file() else None


def drift_of_run(parts: Parts, run_id: str) -> Drift | None:
    """How far a run's comments are from the reference; None when nothing was scored or there is no reference."""
    with parts.ledger.read() as uow:
        counted = run_tally(uow.connection, run_id)
    return _compared(parts, counted.profile()) if counted.rows else None


def drift_of_survey(parts: Parts, survey: str) -> Drift | None:
    """The same of a survey's latest comments, at least `ENOUGH` where there are so many, under the model in use.

    Without labelled comments of the team's, a survey that has a history is compared with that as well: comments that
    were never like those the model was set on have not drifted, and those that change do so from their own past.
    """
    with parts.ledger.read() as uow:
        latest, first = edge_tallies(uow.connection, survey, parts.model.model_id, ENOUGH)
    if not latest.rows:
        return None
    found = _compared(parts, latest.profile())
    labelled = found is not None and found.beside is Beside.LABELLED
    if first is None or labelled or (found is not None and found.state is DriftState.ALARM):
        return found
    moved = judged(first.profile(), latest.profile(), Beside.HISTORY)
    return moved if found is None or moved.state is DriftState.ALARM else found


def told(drift: Drift) -> str:
    """A drift in words, "steady beside your labelled comments (confidence 0.03, …, 512 comments)" for example."""
    indices = f"confidence {drift.confidence_index:.2f}, negative {drift.negative_index:.2f}"
    unsure = f"unsure of {abs(drift.unsure_gain):.0%} {'fewer' if drift.unsure_gain < 0 else 'more'}"
    return f"{drift.state.value} {drift.beside.value} ({indices}, {unsure}, {drift.rows:,} comments)"


def judged(known: Profile, current: Profile, beside: Beside) -> Drift:
    """Compare with the team's own labelled comments, the survey's own first ones, or those the model came with.

    Another survey than those the model was set on looks different from its first day and need not be worse, so beside
    the model's reference only comments alarm of which it is so much less sure that it is of little use. Beside the
    team's own comments any large move does.
    """
    drift = replace(compare(known, current), beside=beside)
    if beside is not Beside.MODEL or drift.state is not DriftState.ALARM or drift.unsure_gain >= LOST:
        return drift
    return replace(drift, state=DriftState.UNSURE if drift.unsure_gain >= UNSURE else DriftState.DIFFERENT)


def _compared(parts: Parts, current: Profile) -> Drift | None:
    known = reference(parts)
    return None if known is None else judged(known[0], current, known[1])
