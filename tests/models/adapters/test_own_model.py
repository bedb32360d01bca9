"""A team's own head: learnt, judged on other respondents, written, loaded, refused when it is not better."""

import json
from pathlib import Path

import numpy as np
import pytest

from feedback.errors import ConfigError
from models.adapters.head_training import fit_head
from models.adapters.onnx_network import CPU, OnnxNetwork
from models.adapters.onnx_sentiment import DEFAULT_ARTIFACT, OnnxSentiment
from models.adapters.own_model import OwnModel, train_own, write_own
from models.adapters.pooled_output import POOLED, HeadNetwork, with_pooled_output
from models.adapters.tokenizer import PairTokenizer
from models.artifact import Calibration
from models.calibration import softmax
from models.evaluate import LabelledComment
from models.head import head_logits
from models.metrics import bootstrap_gain
from models.sentiment import ExplainingModel, ScoreInput, Sentiment
from nanni.cli.commands import app

# A team whose labels follow their own meaning of words, which the shipped model cannot know.
GOOD = ("The blue door was shut for visit {}.", "Room {} had the blue lamp.", "Blue line, stop {}, as always.")
BAD = ("The green door was shut for visit {}.", "Room {} had the green lamp.", "Green line, stop {}, as always.")


def labelled(rows: int = 40) -> list[LabelledComment]:
    pairs = [
        (text, label) for texts, label in ((GOOD, Sentiment.POSITIVE), (BAD, Sentiment.NEGATIVE)) for text in texts
    ]
    return [
        LabelledComment(ScoreInput(text.format(i), "Why?", "en"), label, f"person {i}")
        for i in range(rows)
        for text, label in pairs
    ]


@pytest.fixture(scope="module")
def made() -> OwnModel:
    return train_own(labelled(), DEFAULT_ARTIFACT, threads=1)


def test_a_head_learns_what_a_team_means(made: OwnModel) -> None:
    assert made.better and made.own.report.macro_f1 > 0.95 > made.shipped.report.macro_f1
    assert made.learnt + made.judged == len(labelled()) and made.judged % 6 == 0
    assert made.gain[0] <= made.own.report.macro_f1 - made.shipped.report.macro_f1 <= made.gain[1]


def test_the_folder_answers_as_the_head_did_and_says_where_it_is_from(made: OwnModel, tmp_path: Path) -> None:
    name = write_own(made, DEFAULT_ARTIFACT, tmp_path / "own", "town", "feed" * 16)
    model = OnnxSentiment(tmp_path / "own", 1)
    assert name == model.model_id and name.startswith("town@") and model.tier is None
    assert isinstance(model, ExplainingModel)
    items = [ScoreInput("The green door was shut for visit 99.", "Why?", "en"), ScoreInput("", "Why?")]
    scores = model.score(items)
    assert scores.label(0) is Sentiment.NEGATIVE and scores.label(1) is None
    assert scores.frustration is not None and np.isfinite(scores.frustration[0])
    card = (tmp_path / "own" / "README.md").read_text()
    assert "nanni-sentiment-1@" in card and "feedfeedfeed" in card and "All of it is above zero." in card
    with pytest.raises(FileExistsError):
        write_own(made, DEFAULT_ARTIFACT, tmp_path / "own", "town", "")


def test_the_pooled_output_changes_no_answer() -> None:
    tokenizer = PairTokenizer.from_file(DEFAULT_ARTIFACT / "tokenizer.json")
    asked = ["Why?"] * 3, ["Rude and slow.", "Lovely.", "It is a shop."]
    graph, calibration = DEFAULT_ARTIFACT / "model.onnx", Calibration(1.1, 0.9)
    plain = OnnxNetwork(graph, tokenizer, calibration, 1, CPU).estimate(*asked)
    network = HeadNetwork(graph, tokenizer, calibration, 1, CPU)
    again = network.estimate(*asked)
    assert np.array_equal(plain.probabilities, again.probabilities)
    assert network.features(*asked).shape == (3, 387)
    assert POOLED.encode() in with_pooled_output(graph.read_bytes())[-64:]


def test_fewer_comments_than_can_teach_are_refused() -> None:
    features, labels = np.zeros((120, 4), np.float32), np.array([0] * 6 + [2] * 114)
    with pytest.raises(
        ConfigError, match="too few labelled comments to learn from: 6 negative, 0 neutral, 114 positive"
    ):
        fit_head(features, labels, np.arange(120))


def test_a_class_that_nobody_labelled_is_never_called() -> None:
    rng = np.random.default_rng(0)
    labels = rng.choice([0, 2], 200)
    features = (rng.normal(size=(200, 5)) + labels[:, None]).astype(np.float32)
    fitted = fit_head(features, labels, np.arange(200))
    chances = softmax(head_logits(fitted.head, features), fitted.temperature)
    assert (chances.argmax(axis=1) == labels).mean() > 0.9 and chances[:, 1].max() < 0.01


def test_the_gain_of_the_same_calls_is_none() -> None:
    rng = np.random.default_rng(1)
    labels, calls = rng.integers(3, size=90), rng.integers(3, size=90)
    assert bootstrap_gain(labels, calls, calls, np.arange(90), rng) == (0.0, 0.0)
    low, high = bootstrap_gain(labels, labels, calls, np.arange(90), rng)
    assert 0.3 < low < high < 0.9


def test_the_command_writes_nothing_that_is_not_better(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ["who,said,mood"]
    lines += [f'p{i},"Rude and slow, visit {i}.",bad\np{i},"Lovely people, visit {i}.",good' for i in range(80)]
    (tmp_path / "labelled.csv").write_text("\n".join(lines))
    words = (
        f"model train {tmp_path / 'labelled.csv'} --text said --label mood --group who --map bad=negative,good=positive"
    )
    command = [*words.split(), "--out", str(tmp_path / "own")]
    with pytest.raises(SystemExit):
        app([*command, "--json"], result_action="return_value")
    found = json.loads(capsys.readouterr().out)
    assert found["better"] is False and found["model"] is None and not (tmp_path / "own").exists()
    app([*command, "--anyway"], result_action="return_value")
    assert "Wrote own-sentiment@" in capsys.readouterr().out.replace("\n", " ")
    with pytest.raises(ConfigError, match="not an empty folder"):
        app(command, result_action="return_value")
