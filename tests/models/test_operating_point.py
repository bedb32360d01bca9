import numpy as np
import pytest

from feedback.errors import ConfigError
from models.operating_point import called_share, operating_point, pick_operating_point, price_list
from tests.models.fakes import labelled_sample as sample


def test_the_contract_holds_on_fresh_comments_as_often_as_promised() -> None:
    rng = np.random.default_rng(0)
    fresh_labels, fresh = sample(rng, 60_000)
    kept = []
    for _ in range(100):
        point = pick_operating_point(*sample(rng, 900), 0.1)
        kept.append(operating_point(fresh_labels, fresh, point.threshold).recall >= 0.9)
    assert np.mean(kept) >= 0.95 - 2.4 * (0.95 * 0.05 / 100) ** 0.5


def test_the_price_of_missing_less_is_more_tickets() -> None:
    labels, probabilities = sample(np.random.default_rng(1), 3000)
    strict, loose = (pick_operating_point(labels, probabilities, share) for share in (0.02, 0.2))
    assert strict.threshold < loose.threshold
    assert strict.tickets_share > loose.tickets_share and strict.precision < loose.precision
    assert strict.recall_lower >= 0.98 and loose.recall_lower >= 0.8
    assert strict.rows == 3000 and strict.negatives == int((labels == 0).sum())


def test_no_higher_threshold_would_keep_the_contract() -> None:
    labels, probabilities = sample(np.random.default_rng(2), 2000)
    point = pick_operating_point(labels, probabilities, 0.1)
    above = np.min(probabilities[(labels == 0) & (probabilities[:, 0] > point.threshold), 0])
    assert operating_point(labels, probabilities, float(above)).recall_lower < 0.9


def test_too_few_negatives_say_how_many_would_do() -> None:
    labels = np.zeros(40, np.int64)
    with pytest.raises(ConfigError, match=r"40 negative comments cannot show that at most 5% are missed.*at least 59 "):
        pick_operating_point(labels, np.full((40, 3), 1 / 3), 0.05)
    enough = np.zeros(59, np.int64)
    assert pick_operating_point(enough, np.full((59, 3), 1 / 3), 0.05).recall == 1.0


@pytest.mark.parametrize("share", [0, 1, -0.1, 5])
def test_a_share_is_between_none_and_all(share: float) -> None:
    with pytest.raises(ConfigError, match="between 0 and 1"):
        pick_operating_point(np.zeros(5, np.int64), np.ones((5, 3)) / 3, share)


def test_the_price_list_leaves_out_what_the_rows_cannot_promise() -> None:
    labels, probabilities = sample(np.random.default_rng(5), 300)
    priced = dict(price_list(labels, probabilities, (0.001, 0.1, 0.3)))
    assert list(priced) == [0.1, 0.3]
    assert priced[0.1] == pick_operating_point(labels, probabilities, 0.1)


def test_the_price_on_a_history_needs_no_labels() -> None:
    assert called_share(np.array([0.2, 0.7, np.nan, 0.5]), 0.5) == 0.5
    assert called_share(np.array([], np.float32), 0.5) == 0.0
    # As in a decision: a stored 0.7 meets the limit 0.7.
    assert called_share(np.array([0.7], np.float32), 0.7) == 1.0
