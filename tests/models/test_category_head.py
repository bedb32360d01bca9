import numpy as np
import pytest
from numpy.typing import NDArray

from models.category_head import calibrated, cross_validated, fit_head, surely_better


def clouds(names: list[str], each: int) -> tuple[NDArray[np.float32], list[str]]:
    rng = np.random.default_rng(5)
    centres = np.eye(len(names), 8)
    vectors = np.concatenate([centre + rng.normal(0, 0.1, (each, 8)) for centre in centres]).astype(np.float32)
    return vectors, [name for name in names for _ in range(each)]


@pytest.mark.parametrize("names", [["a", "b"], ["a", "b", "c", "d"]])
def test_a_head_learns_and_its_probabilities_add_up(names: list[str]) -> None:
    vectors, labels = clouds(names, 20)
    head = fit_head(vectors, labels)
    told = head.probabilities(vectors)
    assert head.classes == tuple(names) and head.weights.shape == (len(names), 8)
    assert np.allclose(told.sum(axis=1), 1)
    assert [names[i] for i in told.argmax(axis=1)] == labels


def test_cross_validation_asks_a_head_that_has_not_seen_the_ticket() -> None:
    vectors, labels = clouds(["a", "b", "c"], 15)
    assert cross_validated(vectors, labels).told == labels
    mixed = np.random.default_rng(1).permutation(np.array(labels)).tolist()
    right = np.mean([one == other for one, other in zip(cross_validated(vectors, mixed).told, mixed, strict=True)])
    assert right < 0.6, "labels that mean nothing cannot be learned"
    assert cross_validated(vectors, mixed).told == cross_validated(vectors, mixed).told


def test_a_head_that_is_too_sure_is_brought_down_and_its_answers_stay() -> None:
    vectors, labels = clouds(["a", "b", "c"], 60)
    rng = np.random.default_rng(2)
    noisy = [str(rng.choice(["a", "b", "c"])) if rng.random() < 0.4 else label for label in labels]
    blurred = vectors + rng.normal(0, 0.3, vectors.shape).astype(np.float32)
    unseen = cross_validated(blurred, noisy)
    found = calibrated(unseen._replace(logits=4 * unseen.logits))
    assert found.temperature > 2 and found.error < 0.6 * found.error_before
    again = calibrated(unseen._replace(logits=4 * unseen.logits / found.temperature))
    assert again.temperature == pytest.approx(1, abs=0.05), "what is calibrated stays as it is"
    head = fit_head(blurred, noisy)
    assert (head.tempered(3.0).probabilities(blurred).max(axis=1) < head.probabilities(blurred).max(axis=1)).all()
    assert np.array_equal(head.tempered(3.0).logits(blurred).argmax(axis=1), head.logits(blurred).argmax(axis=1))


def test_better_by_chance_is_not_better() -> None:
    assert not surely_better([True], [False])
    assert not surely_better([True] * 37 + [False] * 5, [True] * 36 + [False] * 6)
    assert surely_better([True] * 5, [False] * 5)
    assert not surely_better([False] * 5, [True] * 5) and not surely_better([], [])
    assert not surely_better([True] * 6 + [False] * 5, [False] * 6 + [True] * 5)
