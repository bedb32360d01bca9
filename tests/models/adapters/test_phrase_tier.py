from pathlib import Path

import numpy as np
import pytest

from models.adapters.artifact import ArtifactError
from models.adapters.phrase_tier import NetworkTier, phrase_tier_of
from models.adapters.tokenizer import PairTokenizer
from tests.models.fakes import RuleNetwork


def test_a_network_tier_answers_in_order_and_leaves_the_unsure_and_the_failed_open() -> None:
    texts = [f"bad {i} " + "x" * (i % 90) for i in range(300)] + ["crash" + "y" * 5000, "fine"]
    found, sure = NetworkTier(RuleNetwork(), 0.6).attempt([""] * len(texts), texts)
    assert sure[:300].mean() > 0.6 and not sure[-2]
    assert (found.probabilities[:300][sure[:300], 0] == np.float32(0.8)).all()
    assert not NetworkTier(RuleNetwork(), 0.9).attempt(["", ""], ["bad", "fine"])[1].any()


def test_broken_settings_are_refused(tmp_path: Path) -> None:
    from models.adapters.onnx_sentiment import DEFAULT_ARTIFACT

    tokenizer = PairTokenizer.from_file(DEFAULT_ARTIFACT / "tokenizer.json")
    (tmp_path / "phrases.json").write_text('{"threshold": -1}')
    with pytest.raises(ArtifactError, match=r"phrases\.json"):
        phrase_tier_of(tmp_path, tokenizer, 1, ["CPUExecutionProvider"])
