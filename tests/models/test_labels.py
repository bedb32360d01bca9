import numpy as np
import pytest

from feedback.errors import ConfigError
from models.labels import class_matrix
from models.sentiment import Sentiment


def test_star_ratings_add_up_to_three_classes() -> None:
    matrix = class_matrix(["1 star", "2 stars", "3 stars", "4 stars", "5 stars"])
    np.testing.assert_allclose(np.array([0.1, 0.2, 0.3, 0.3, 0.1]) @ matrix, [0.3, 0.3, 0.4], rtol=1e-6)


def test_names_match_whatever_their_case_and_order() -> None:
    np.testing.assert_array_equal(class_matrix(["POSITIVE", "neg"]), [[0, 0, 1], [1, 0, 0]])
    np.testing.assert_array_equal(class_matrix(["Very_Negative", "neu"]), [[1, 0, 0], [0, 1, 0]])


def test_configured_names_win() -> None:
    configured = {"label_0": Sentiment.NEGATIVE, "LABEL_1": Sentiment.POSITIVE}
    np.testing.assert_array_equal(class_matrix(["LABEL_0", "LABEL_1"], configured), [[1, 0, 0], [0, 0, 1]])


def test_labels_without_a_meaning_are_named() -> None:
    with pytest.raises(ConfigError, match=r"LABEL_0, toxic say nothing .*negative, neutral, positive.*map each"):
        class_matrix(["LABEL_0", "positive", "toxic"])


def test_a_model_without_a_negative_label_is_refused() -> None:
    with pytest.raises(ConfigError, match="no label of the model means negative"):
        class_matrix(["neutral", "positive"])
