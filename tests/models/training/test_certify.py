from typing import Any

import numpy as np
import pytest

from models.sentiment import Sentiment
from models.training.card import render_card
from models.training.examples import Example, hard
from models.training.mixture import fold_of

pytest.importorskip("torch", reason="the torch extra is not installed")
pytest.importorskip("onnx", reason="models/training/requirements.txt is not installed")
certify = pytest.importorskip("models.training.certify")


def judged(rows: int = 40) -> Any:
    encoder = np.tile(np.array([[0.8, 0.1, 0.1], [0.1, 0.1, 0.8]], np.float32), (rows // 2, 1))
    labels = encoder.argmax(axis=1).astype(np.int64)
    nothing = np.zeros(rows, np.float32)
    examples = [Example("words", "", hard(Sentiment.NEGATIVE), 0.0, f"g{i}", "nhs") for i in range(rows)]
    choosing = np.arange(rows) < rows // 2
    return certify.Judged(examples, encoder, nothing, encoder, nothing, choosing, labels)


def test_the_certificate_is_of_the_rows_that_set_nothing() -> None:
    one = judged()
    given = one.encoder.copy()
    given[:3] = given[:3, ::-1]  # among the rows that chose: no business of the certificate
    given[30] = given[30, ::-1]
    answered = np.ones(40, bool)
    answered[39] = False
    found = one.certificate(answered, given)
    assert (found["rows"], found["accepted"], found["errors"]) == (20, 19, 1)
    assert found["disagreement_upper_95"] > found["disagreement"] == round(1 / 19, 4)
    assert found["macro_f1_with_tier"] < found["macro_f1_encoder"] == 1.0


def test_what_is_kept_for_the_certificate_was_seen_by_nobody() -> None:
    groups = [f"person {i}" for i in range(4000)]
    kept = [group for group in groups if certify.kept_for_the_certificate(group)]
    assert 0.03 < len(kept) / len(groups) < 0.07
    # Held out from the phrase tier (a fifth) and from the encoder (a tenth) alike.
    assert all(fold_of(group, 5) == 0 and fold_of(group, 10) == 0 for group in kept)


def test_the_card_says_what_was_certified() -> None:
    cascade = {"rows": 510, "accepted": 242, "errors": 2, "disagreement_upper_95": 0.0258}
    cascade |= {"macro_f1_encoder": 0.7324, "macro_f1_with_tier": 0.7293, "rows_that_chose": 1469}
    cascade |= {"most_disagreement": 0.03, "negative_recall_encoder": 0.861, "negative_recall_with_tier": 0.86}
    metrics: dict[str, object] = {
        "domains": {}, "frustration_auc": 0.86, "int8_agreement": 0.97, "megabytes": 21.8, "held_out_share": "A tenth",
    }  # fmt: skip
    assert "not been certified" in render_card(metrics, [])
    card = render_card(metrics | {"cascade": cascade}, [])
    assert "1,469 held-out comments" in card and "242 of them,\n2 otherwise" in card and "(at most 2.6%" in card
    assert "{{" not in card
