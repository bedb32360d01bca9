"""How well responses find their episode, on customers whose troubles are known: precision and recall of pairs.

`python -m benchmarks.episodes` measures the same on more customers, with intervals, and on sentences of real ones.
"""

import pytest

from models.adapters.onnx_encoder import OnnxEncoder
from nanni.demo.comments import THEMES
from nanni.settings import ALIKE
from tests.tickets.episode_worlds import Spoilt, Voice, demo_voice, quality

SILENT = Voice(THEMES, lambda theme, rng: "")


@pytest.mark.parametrize(
    ("spoilt", "precision", "recall"),
    [(Spoilt(0.0), 1.0, 1.0), (Spoilt(0.1, 0.05), 0.90, 0.75), (Spoilt(0.3, 0.1), 0.70, 0.48)],
)
def test_pairs_of_one_trouble_end_together(spoilt: Spoilt, precision: float, recall: float) -> None:
    found = quality(SILENT, spoilt, 400)
    assert found.precision >= precision and found.recall >= recall, (found.precision, found.recall)


def test_words_find_more_of_them_and_put_no_more_wrong_ones_together() -> None:
    voice = demo_voice()
    before = quality(voice, Spoilt(0.2), 100)
    after = quality(voice, Spoilt(0.2), 100, ALIKE, OnnxEncoder())
    assert after.recall > before.recall and after.precision >= before.precision, (before, after)
