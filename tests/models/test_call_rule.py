import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.errors import ConfigError
from models.call_rule import CallRule, fit_call_rule
from models.metrics import macro_f1
from tests.models.fakes import labelled_sample


def test_a_rule_calls_negative_from_its_threshold_and_weighs_neutral_against_positive() -> None:
    rows = np.array([[0.4, 0.0, 0.6], [0.3, 0.3, 0.4], [0.1, 0.2, 0.7], [0.39, 0.61, 0.0]])
    assert CallRule(0.4, 1.5).calls(rows).tolist() == [0, 1, 2, 1]
    assert CallRule(0.4, 1.0).calls(rows).tolist() == [0, 2, 2, 1]


def test_the_fitted_rule_keeps_the_contract_and_is_no_worse_than_an_unweighted_one() -> None:
    labels, probabilities = labelled_sample(np.random.default_rng(3), 1500)
    rule = fit_call_rule(labels, probabilities, 0.1)
    calls = rule.calls(probabilities)
    assert (calls[labels == 0] == 0).mean() > 0.9
    plain = CallRule(rule.negative_from, 1.0).calls(probabilities)
    assert macro_f1(labels, calls) >= macro_f1(labels, plain)


def test_too_few_negative_comments_promise_nothing() -> None:
    labels, probabilities = labelled_sample(np.random.default_rng(3), 12)
    with pytest.raises(ConfigError, match="cannot show"):
        fit_call_rule(labels, probabilities, 0.05)


@given(st.floats(0.01, 0.99), st.floats(1.0, 4.0), st.integers(0, 2**16))
def test_a_lower_threshold_never_calls_fewer_negative(threshold: float, weight: float, seed: int) -> None:
    rows = np.random.default_rng(seed).dirichlet((1.0, 1.0, 1.0), 30)
    strict, lax = (CallRule(at, weight).calls(rows) == 0 for at in (threshold, threshold / 2))
    assert (lax | ~strict).all()
