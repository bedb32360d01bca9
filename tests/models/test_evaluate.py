import numpy as np
import pytest

from models.evaluate import LabelledComment, count_unscored, group_numbers, label_numbers, method_result, parse_mapping
from models.metrics import evaluate
from models.sentiment import ScoreInput, Sentiment, UnknownReason


def comment(label: Sentiment, group: str = "") -> LabelledComment:
    return LabelledComment(ScoreInput("text"), label, group)


def test_a_mapping_is_read_with_values_that_hold_spaces_and_signs() -> None:
    assert parse_mapping("very bad=negative, 4=Negative,a=b=neutral,") == {
        "very bad": Sentiment.NEGATIVE,
        "4": Sentiment.NEGATIVE,
        "a=b": Sentiment.NEUTRAL,
    }


@pytest.mark.parametrize("text", ["4", "4=bad", "=x"])
def test_a_wrong_mapping_names_the_part_and_the_classes(text: str) -> None:
    with pytest.raises(ValueError, match=rf"'{text}'.*negative, neutral, positive"):
        parse_mapping(text)


def test_comments_without_a_group_stand_alone() -> None:
    negative, neutral, positive = Sentiment
    rows = [comment(negative, "p1"), comment(positive), comment(neutral, "p1"), comment(neutral)]
    groups = group_numbers(rows)
    assert groups[0] == groups[2] and len(set(groups)) == 3
    assert label_numbers(rows).tolist() == [0, 2, 1, 1]


def test_a_result_holds_intervals_around_its_scores_and_a_pace() -> None:
    rng = np.random.default_rng(5)
    labels = rng.integers(3, size=300)
    probabilities = rng.dirichlet([1, 1, 1], 300)
    probabilities[np.arange(300), labels] += 0.6
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    report = evaluate(labels, probabilities)
    result = method_result("m", report, labels, probabilities.argmax(axis=1), np.arange(300), seconds=2.0)
    assert result.macro_f1_interval[0] < report.macro_f1 < result.macro_f1_interval[1]
    recall = report.classes[Sentiment.NEGATIVE].recall
    assert result.negative_recall_interval[0] < recall < result.negative_recall_interval[1]
    assert result.comments_per_second == 150


def test_unscored_rows_are_counted_by_reason() -> None:
    none, fault = UnknownReason.NO_COMMENT, UnknownReason.MODEL_FAULT
    assert count_unscored([none, None, none, fault]) == {none: 2, fault: 1}
