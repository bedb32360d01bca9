from collections.abc import Sequence

import numpy as np
import pytest

from models.cheap_tier import CheapWeights, answer

pytest.importorskip("torch", reason="the torch extra is not installed")
pytest.importorskip("onnx", reason="models/training/requirements.txt is not installed")
pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]


def taught(texts: Sequence[str], rng: np.random.Generator) -> "object":
    from models.training.distil import Taught

    targets = np.array([[0.9, 0.05, 0.05] if "bad" in t else [0.05, 0.05, 0.9] for t in texts], np.float32)
    intents = rng.integers(4, size=len(texts))
    return Taught(list(texts), intents, targets, targets[:, 0], np.array(["nhs"] * len(texts)))


@pytest.mark.slow
def test_a_student_learns_its_teacher_and_its_threshold_keeps_the_bound() -> None:
    from models.training.distil import Taught, agreement, calibrated, fit

    rng = np.random.default_rng(0)
    words = ["bad", "good", "lift", "room", "staff", "queue"]
    texts = [" ".join(rng.choice(words, 4)) + f" {i}" for i in range(3000)]
    lesson, exam = taught(texts[:2000], rng), taught(texts[2000:], rng)
    assert isinstance(lesson, Taught) and isinstance(exam, Taught)
    weights: CheapWeights = calibrated(fit(lesson, seed=1), exam)
    found = agreement(weights, exam, 0.03)
    assert found["agreement_of_all"] > 0.97 and found["accepted_share"] > 0.8
    assert found["disagreement_upper_95"] <= 0.03
    sure = answer(weights, ["room bad lift queue", "room good lift queue"], np.array([3, 3])).probabilities
    assert sure.argmax(axis=1).tolist() == [0, 2]
