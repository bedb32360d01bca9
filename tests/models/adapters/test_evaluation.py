from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from feedback.errors import ConfigError
from models.adapters.baselines import tfidf_out_of_fold, vader_calls
from models.adapters.evaluation import compare
from models.adapters.labelled_file import read_labelled
from models.batching import score
from models.evaluate import LabelledComment
from models.sentiment import ScoreInput, Sentiment, SentimentScores, UnknownReason
from tests.models.fakes import RuleNetwork

MAPPING = {"1": Sentiment.POSITIVE, "3": Sentiment.NEUTRAL, "5": Sentiment.NEGATIVE}


class RuleModel:
    model_id = "rule@1"

    def score(self, batch: Sequence[ScoreInput]) -> SentimentScores:
        return score(batch, RuleNetwork(), lambda item: item.language != "de", self.model_id)


def write(folder: Path, rows: list[str]) -> Path:
    path = folder / "labelled.csv"
    path.write_text("answer,asked,level,person,tongue\n" + "\n".join(rows) + "\n", "utf-8")
    return path


def read(path: Path) -> list[LabelledComment]:
    columns = {"text": "answer", "label": "level", "question": "asked", "group": "person", "language": "tongue"}
    return read_labelled(path, mapping=MAPPING, **columns)


def test_methods_are_compared_on_the_rows_the_model_could_score(tmp_path: Path) -> None:
    rows = [f"bad service {i},,5,p{i}," for i in range(60)] + [f"good service {i},,1,p{i}," for i in range(60)]
    comparison = compare(read(write(tmp_path, [*rows, ",,3,p1,", "schlecht,,5,p2,de"])), RuleModel())
    assert comparison.rows == 122
    assert comparison.unscored == {UnknownReason.NO_COMMENT: 1, UnknownReason.OTHER_LANGUAGE: 1}
    assert comparison.results[0].method == "rule@1"
    assert len(comparison.results) + len(comparison.skipped) == 3
    for result in comparison.results:
        assert result.report.rows == 120 and result.report.accuracy == 1.0
    document = comparison.as_document()
    assert document["unscored"] == {"no_comment": 1, "other_language": 1}
    assert document["methods"][0]["classes"]["negative"]["support"] == 60


def test_an_undefined_area_is_no_number_in_json(tmp_path: Path) -> None:
    document = compare(read(write(tmp_path, ["good,,1,a,"])), RuleModel(), baselines=False).as_document()
    assert document["methods"][0]["negative_auc"] is None


def test_too_few_rows_for_tfidf_are_said_so(tmp_path: Path) -> None:
    comparison = compare(read(write(tmp_path, ["bad,,5,a,", "good,,1,b,"])), RuleModel())
    assert "needs 100 rows" in comparison.skipped["TF-IDF + logistic regression (5-fold)"]


def test_a_file_of_unscorable_rows_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="could score no row"):
        compare(read(write(tmp_path, [",,5,a,"])), RuleModel())


def test_vader_is_called_by_its_own_limits() -> None:
    assert vader_calls(np.array([-0.05, -0.04, 0.0, 0.04, 0.05])).tolist() == [0, 1, 1, 1, 2]


def test_tfidf_reads_the_question() -> None:
    items = [ScoreInput("nothing", "What was good?" if i % 2 else "What was bad?") for i in range(200)]
    labels = np.array([0 if i % 2 else 2 for i in range(200)])
    probabilities = tfidf_out_of_fold(items, labels, np.arange(200))
    assert (probabilities.argmax(axis=1) == labels).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
