import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.batching import PADDED_TOGETHER, score
from models.sentiment import ScoreInput, Sentiment, UnknownReason
from tests.models.fakes import RuleNetwork


def everything(item: ScoreInput) -> bool:
    return True


def english_only(item: ScoreInput) -> bool:
    return item.language in (None, "en")


def test_answers_come_in_the_order_asked_whatever_the_lengths() -> None:
    texts = ["fine " * 30, "bad", "good and long enough to be in another place", "so bad " * 9]
    scores = score([ScoreInput(text) for text in texts], RuleNetwork(), everything, "rule@1")
    assert [scores.label(i) for i in range(4)] == [
        Sentiment.POSITIVE,
        Sentiment.NEGATIVE,
        Sentiment.POSITIVE,
        Sentiment.NEGATIVE,
    ]
    assert scores.model_id == "rule@1"
    assert scores.frustration is not None
    np.testing.assert_allclose(scores.frustration, [0.05, 0.4, 0.05, 0.4])


def test_a_comment_is_scored_once_per_question() -> None:
    network = RuleNetwork()
    batch = [ScoreInput("nothing", "What was good?")] * 5 + [ScoreInput("nothing", "What was bad?")] * 3
    scores = score(batch, network, everything, "rule@1")
    assert sorted(pair for call in network.calls for pair in call) == [
        ("What was bad?", "nothing"),
        ("What was good?", "nothing"),
    ]
    assert len(scores) == 8 and scores.unknown == (None,) * 8


def test_unknown_rows_carry_their_reason_and_never_reach_the_network() -> None:
    network = RuleNetwork()
    batch = [
        ScoreInput(""),
        ScoreInput(" \n\t"),
        ScoreInput("\u200b"),
        ScoreInput("sehr gut", language="de"),
        ScoreInput("ok"),
    ]
    scores = score(batch, network, english_only, "rule@1")
    none, other = UnknownReason.NO_COMMENT, UnknownReason.OTHER_LANGUAGE
    assert scores.unknown == (none, none, none, other, None)
    assert np.isnan(scores.probabilities[:4]).all() and np.isfinite(scores.probabilities[4]).all()
    assert scores.label(3) is None
    assert network.seen == ["ok"]


def test_the_same_text_in_two_declared_languages_is_judged_by_its_own() -> None:
    batch = [ScoreInput("no", language="es"), ScoreInput("no", language="en")]
    scores = score(batch, RuleNetwork(), english_only, "rule@1")
    assert scores.unknown == (UnknownReason.OTHER_LANGUAGE, None)


def test_a_failing_comment_is_unknown_and_its_neighbours_are_scored() -> None:
    batch = [ScoreInput(f"good {i}") for i in range(40)]
    batch[7] = batch[23] = ScoreInput("crash")
    batch[30] = ScoreInput("nan")
    scores = score(batch, RuleNetwork(), everything, "rule@1")
    faults = [i for i, reason in enumerate(scores.unknown) if reason is UnknownReason.MODEL_FAULT]
    assert faults == [7, 23, 30]
    assert np.isnan(scores.probabilities[faults]).all()
    others = np.delete(scores.probabilities, faults, axis=0)
    np.testing.assert_allclose(others.sum(axis=1), 1, atol=1e-6)


def test_an_empty_batch_is_answered_empty() -> None:
    scores = score([], RuleNetwork(), everything, "rule@1")
    assert len(scores) == 0 and scores.probabilities.shape == (0, 3)


@given(st.lists(st.sampled_from(["", "crash", "bad", "good", "nan", "long " * 80, "bad " * 60]), max_size=80))
def test_every_row_is_either_known_or_has_a_reason(texts: list[str]) -> None:
    network = RuleNetwork()
    scores = score([ScoreInput(text) for text in texts], network, everything, "rule@1")
    assert len(scores) == len(texts)
    for i, text in enumerate(texts):
        known = scores.unknown[i] is None
        assert known == (text not in ("", "crash", "nan"))
        assert known == bool(np.isclose(scores.probabilities[i].sum(), 1))
    assert all(len(call) <= PADDED_TOGETHER for call in network.calls)
