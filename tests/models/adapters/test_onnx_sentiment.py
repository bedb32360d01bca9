import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from feedback.errors import ConfigError
from models.adapters.artifact import ArtifactError
from models.adapters.onnx_sentiment import DEFAULT_ARTIFACT, OnnxSentiment, default_model
from models.evidence import top_words
from models.sentiment import ScoreInput, Sentiment, SentimentModel, UnknownReason

BETTER, GOOD = "What could we do better?", "What was good?"
MIXED = (
    "good table lamp, terrible everything else. four calls, no answer, i will not order again",
    "It was fine I suppose, though the queue was long and the till was shut.",
    "Not what I expected.",
    "The courier was polite but the box came open and two of the glasses were gone.",
)


@pytest.fixture(scope="module")
def model() -> OnnxSentiment:
    return default_model(threads=1)


def test_it_is_a_sentiment_model_named_by_its_content(model: OnnxSentiment) -> None:
    port: SentimentModel = model
    assert port.model_id.startswith("nanni-sentiment-1@")


def test_what_a_comment_scores_does_not_depend_on_its_neighbours(model: OnnxSentiment) -> None:
    alone = [model.score([ScoreInput(text)]).probabilities[0] for text in MIXED]
    crowd = [ScoreInput(text) for text in MIXED] + [ScoreInput(f"Thing {i} came broken, twice!") for i in range(40)]
    together = model.score(crowd).probabilities[: len(MIXED)]
    two_threads = default_model(threads=2).score(crowd).probabilities[: len(MIXED)]
    np.testing.assert_array_equal(together, np.stack(alone))
    np.testing.assert_array_equal(two_threads, together)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The parcel was left in the rain and everything inside was ruined.", Sentiment.NEGATIVE),
        ("Waited two hours on the phone and nobody could help me, I am leaving.", Sentiment.NEGATIVE),
        ("Sophie in the Leeds shop was wonderful, she found the right size at once.", Sentiment.POSITIVE),
        ("Great service, arrived a day early!", Sentiment.POSITIVE),
    ],
)
def test_plain_comments_are_heard(model: OnnxSentiment, text: str, expected: Sentiment) -> None:
    scores = model.score([ScoreInput(text, "Why did you give that score?"), ScoreInput(text)])
    assert scores.label(0) is expected and scores.label(1) is expected


def test_nothing_is_praise_or_blame_by_the_question(model: OnnxSentiment) -> None:
    scores = model.score([ScoreInput("Nothing", BETTER), ScoreInput("Nothing", GOOD)])
    assert scores.label(0) is Sentiment.POSITIVE and scores.label(1) is Sentiment.NEGATIVE


def test_frustration_is_above_that_of_a_calm_complaint(model: OnnxSentiment) -> None:
    scores = model.score([
        ScoreInput("I am furious. This is a disgrace, the third time you have wasted my day!"),
        ScoreInput("The lid of the jar was a little loose when it arrived."),
        ScoreInput("Lovely, thank you so much."),
    ])  # fmt: skip
    assert scores.frustration is not None
    assert scores.frustration[0] > scores.frustration[1] > scores.frustration[2]


def test_a_hostile_batch_is_answered_row_by_row(model: OnnxSentiment) -> None:
    texts = [
        "",
        "  ",
        "😡😡",
        "\x00\x01",
        "x" * 1_000_000,
        "a" * 5000 + " b",
        "مرحبا سيئ جدا",
        "\ud83d",
        "ok " * 4000,
        "?",
    ]
    scores = model.score([ScoreInput(text, "Why? " * 200) for text in texts])
    known = [reason is None for reason in scores.unknown]
    sums = scores.probabilities.sum(axis=1)
    np.testing.assert_allclose(sums[known], 1, atol=1e-5)
    assert np.isnan(scores.probabilities[np.logical_not(known)]).all()
    assert scores.unknown[0] is scores.unknown[1] is UnknownReason.NO_COMMENT
    assert scores.unknown[6] is UnknownReason.OTHER_LANGUAGE
    assert known[2] and known[4] and known[8]


def test_a_comment_scores_the_same_alone_and_in_a_batch(model: OnnxSentiment) -> None:
    batch = [ScoreInput("The driver was late again and rude" + " really" * (i % 5), BETTER) for i in range(70)]
    batch += [ScoreInput("Quick and friendly")] * 3
    together = model.score(batch).probabilities
    alone = np.concatenate([model.score([item]).probabilities for item in batch[:6] + batch[-1:]])
    np.testing.assert_array_equal(together[[0, 1, 2, 3, 4, 5, -1]], alone)
    np.testing.assert_array_equal(together[-1], together[-3])


def test_the_declared_language_is_believed(model: OnnxSentiment) -> None:
    scores = model.score([ScoreInput("Alles super", language="de"), ScoreInput("Alles super", language="en")])
    assert scores.unknown == (UnknownReason.OTHER_LANGUAGE, None)


def test_an_undeclared_longer_comment_in_another_language_is_unknown(model: OnnxSentiment) -> None:
    german = "Die Lieferung kam viel zu spät und am Telefon konnte mir niemand weiterhelfen, sehr ärgerlich."
    assert model.score([ScoreInput(german)]).unknown == (UnknownReason.OTHER_LANGUAGE,)


def test_a_changed_artifact_is_refused(tmp_path: Path) -> None:
    folder = shutil.copytree(DEFAULT_ARTIFACT, tmp_path / "model")
    with (folder / "model.onnx").open("r+b") as file:
        file.seek(1000)
        file.write(b"\x00\x01\x02")
    with pytest.raises(ArtifactError, match=r"model\.onnx"):
        OnnxSentiment(folder)


def test_an_unknown_provider_names_those_that_exist() -> None:
    with pytest.raises(ConfigError, match=r"no NoSuchProvider.*CPUExecutionProvider"):
        OnnxSentiment(DEFAULT_ARTIFACT, providers=["NoSuchProvider"])


def test_the_default_path_imports_neither_torch_nor_transformers_and_says_nothing() -> None:
    code = (
        "import sys\n"
        "from models.adapters.onnx_sentiment import default_model\n"
        "from models.sentiment import ScoreInput\n"
        "scores = default_model(1).score([ScoreInput('late and rude')])\n"
        "assert scores.label(0) == 'negative'\n"
        "assert not {'torch', 'transformers', 'onnx', 'sklearn'} & set(sys.modules)"
    )
    result = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_the_words_that_moved_a_comment_are_shown_at_their_place(model: OnnxSentiment) -> None:
    text = "The room was big, but the man at the desk was rude and the bathroom was dirty."
    (weights,) = model.explain([ScoreInput(text, "Why did you give that score?")])
    shown = {text[w.start : w.end].lower() for w in top_words(weights)}
    assert any("rude" in words or "dirty" in words for words in shown)
    assert all(0 <= w.start < w.end <= len(text) for w in weights)


def test_an_unknown_comment_has_no_evidence(model: OnnxSentiment) -> None:
    assert model.explain([ScoreInput("  "), ScoreInput("sehr schlecht", language="de")]) == [(), ()]
