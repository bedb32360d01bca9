"""The drift watch from a batch's scores to the doctor."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from feedback.disposition import Disposition
from models.adapters.contract_file import CONTRACT_FILE, write_contract
from models.contract import make_contract
from models.drift import Beside, DriftState, Profile, tally
from models.sentiment import ScoreInput, SentimentScores
from nanni.drift import Heard, drift_of_survey, heard_in, judged, keep_heard, told
from nanni.health import examine
from nanni.ingestion import ingest_file
from nanni.parts import Parts
from nanni.wiring import wire
from tests.builders import a_batch, a_run, scores_for
from tests.models.fakes import labelled_sample
from tests.workspaces import make_rows, make_workspace, write_csv

NOW = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)


class Drawing:
    """Draws scores from the labelled sample, or, `drifted`, is unsure of everything."""

    model_id = "drawing@1"
    drifted = False

    def score(self, batch: Sequence[ScoreInput]) -> SentimentScores:
        _, drawn = labelled_sample(np.random.default_rng(len(batch)), len(batch))
        rows = np.full((len(batch), 3), 1 / 3) if self.drifted else drawn
        return SentimentScores(self.model_id, rows.astype(np.float32), (None,) * len(batch))


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    folder = make_workspace(tmp_path / "workspace")
    contract = make_contract("drawing@1", *labelled_sample(np.random.default_rng(0), 2000), 0.1)
    write_contract(contract, folder / CONTRACT_FILE)
    wired = wire(folder, lambda: NOW)
    wired.__dict__["model"] = Drawing()
    yield wired
    wired.close()


def take(parts: Parts, name: str, rows: int, first: int) -> dict[str, Any]:
    path = write_csv(parts.workspace.folder / "inbox" / name, make_rows(rows, first=first))
    return ingest_file(parts, parts.workspace.survey("nps"), path).summary()


def test_each_run_is_compared_and_the_doctor_alarms(parts: Parts) -> None:
    assert take(parts, "a.csv", 900, 0)["drift"]["state"] == DriftState.STEADY
    assert all(finding.ok for finding in examine(parts) if finding.subject.startswith("drift"))
    Drawing.drifted = True
    try:
        drift = take(parts, "b.csv", 900, 900)["drift"]
    finally:
        Drawing.drifted = False
    assert drift["state"] == DriftState.ALARM and drift["confidence_index"] > 1
    (finding,) = [finding for finding in examine(parts) if finding.subject.startswith("drift")]
    assert (finding.subject, finding.ok) == ("drift, nps", False)
    assert "another population" in finding.found and "nanni model operating-point" in finding.found


def test_few_comments_say_nothing_yet(parts: Parts) -> None:
    assert take(parts, "a.csv", 20, 0)["drift"]["state"] == DriftState.TOO_FEW
    assert drift_of_survey(parts, "nps") is not None


def test_without_a_model_nothing_is_counted(tmp_path: Path) -> None:
    wired = wire(make_workspace(tmp_path / "workspace"), lambda: NOW)
    assert take(wired, "a.csv", 20, 0)["drift"] is None
    (finding,) = [finding for finding in examine(wired) if finding.subject.startswith("drift")]
    assert (finding.ok, finding.found) == (True, "no scored comments to compare yet")
    wired.close()
    assert heard_in(()) is None and heard_in(scores_for(a_batch((1.0,), [""]))) is None


def test_a_survey_unlike_the_model_s_is_no_drift_and_alarms_only_where_the_model_is_of_little_use(parts: Parts) -> None:
    known = parts.workspace.contract
    assert known is not None
    sure = Profile((0.0,) * 6 + (1.0,), (1.0,) + (0.0,) * 7, 0.0, 900)
    lost = Profile((1.0,) + (0.0,) * 6, (1.0,) + (0.0,) * 7, 0.0, 900)
    shifted = (known.profile.confidence[0] + 0.13, *known.profile.confidence[1:6], known.profile.confidence[6] - 0.13)
    less_sure = Profile(shifted, (1.0,) + (0.0,) * 7, 0.0, 900)
    states = [judged(known.profile, one, Beside.MODEL).state for one in (sure, less_sure, lost)]
    assert states == [DriftState.DIFFERENT, DriftState.UNSURE, DriftState.ALARM]
    assert judged(known.profile, sure, Beside.LABELLED).state is DriftState.ALARM
    assert judged(known.profile, known.profile, Beside.MODEL).state is DriftState.STEADY


def test_without_labels_a_survey_that_leaves_its_own_past_alarms(tmp_path: Path) -> None:
    wired = wire(make_workspace(tmp_path / "workspace"), lambda: NOW)
    wired.__dict__["model"] = Drawing()
    calm, angry = tally(np.tile([0.01, 0.01, 0.98], (600, 1))), tally(np.tile([0.98, 0.01, 0.01], (600, 1)))
    for day, heard in enumerate((calm, calm, angry)):
        before = drift_of_survey(wired, "nps")
        with wired.ledger.begin() as uow:
            uow.runs.start(
                a_run(f"run-{day}", survey="nps", content_hash=str(day), started_at=NOW + timedelta(days=day))
            )
            uow.runs.record_batch(f"run-{day}", 0, 600, {Disposition.QUIET: 600})
            keep_heard(uow, f"run-{day}", 0, Heard(Drawing.model_id, heard))
    moved = drift_of_survey(wired, "nps")
    assert before is not None and (before.state, before.beside) == (DriftState.STEADY, Beside.HISTORY)
    assert moved is not None and (moved.state, moved.beside) == (DriftState.ALARM, Beside.HISTORY)
    assert "another population beside the survey's own first comments" in told(moved)
    wired.close()
