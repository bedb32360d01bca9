"""The drift watch from a batch's scores to the doctor."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.adapters.contract_file import CONTRACT_FILE, write_contract
from models.contract import make_contract
from models.drift import DriftState, Profile
from models.sentiment import ScoreInput, SentimentScores
from nanni.drift import drift_of_survey, heard_in, judged
from nanni.health import examine
from nanni.ingestion import ingest_file
from nanni.parts import Parts
from nanni.wiring import wire
from tests.builders import a_batch, scores_for
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


def test_another_survey_than_the_model_was_set_on_alarms_only_where_it_is_less_sure(parts: Parts) -> None:
    known = parts.workspace.contract
    assert known is not None
    sure = Profile((0.0,) * 6 + (1.0,), (1.0,) + (0.0,) * 7, 0.0, 900)
    unsure = Profile((1.0,) + (0.0,) * 6, (1.0,) + (0.0,) * 7, 0.0, 900)
    assert [judged(known.profile, one, own=False).state for one in (sure, unsure)] == [
        DriftState.DIFFERENT,
        DriftState.ALARM,
    ]
    assert judged(known.profile, sure, own=True).state is DriftState.ALARM
    assert judged(known.profile, known.profile, own=False).state is DriftState.STEADY
