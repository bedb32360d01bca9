from dataclasses import replace

import numpy as np
import pytest

from feedback.response import Respondent
from tests.triggers.builders import batch, policy, signals
from triggers.canary import Bounds, Canary, Otherwise, Volume, compared, decides_for, overstepped
from triggers.compiled import compile_policy
from triggers.conditions import Comparison, MissingPolicy, ScoreRule
from triggers.decide import decide
from triggers.outcome import Outcome

LOW, LOWER = ScoreRule(Comparison.AT_MOST, 6, MissingPolicy.QUIET), ScoreRule(Comparison.AT_MOST, 3)


def test_a_customer_is_always_on_the_same_side_and_the_share_is_kept() -> None:
    size = 4_000
    people = [Respondent(email=f"C{row % 2_000}@Example.org") for row in range(size)]
    known = replace(batch([5.0] * size, [""] * size), respondents=people)
    compiled = compile_policy(policy(LOW))
    chosen = decides_for(Canary(1, compiled, 0.2), known)
    assert (chosen[:2_000] == chosen[2_000:]).all(), "whenever they answer"
    assert abs(chosen.mean() - 0.2) < 0.03
    assert (decides_for(Canary(2, compiled, 0.5), known) >= chosen).all(), "a larger share takes in the smaller"
    assert not decides_for(Canary(1, compiled, 0.0), known).any()
    assert decides_for(Canary(1, compiled, 1.0), known).all()
    other = decides_for(Canary(1, compile_policy(replace(policy(LOWER), hash="other")), 0.2), known)
    assert 0.1 < (chosen & other).sum() / chosen.sum() < 0.3, "another candidate draws anew"
    anonymous = batch([5.0] * size, [""] * size)
    assert 0.17 < decides_for(Canary(1, compiled, 0.2), anonymous).mean() < 0.23


def test_only_what_differs_is_told() -> None:
    known = signals(batch([1, 5, 9, None], [""] * 4))
    live, candidate = (decide(known, compile_policy(policy(rule))) for rule in (LOW, LOWER))
    used = np.array([True, True, False, False])
    volume, differences = compared(live, candidate, used, [0, 1, 2, 3])
    assert volume == Volume(4, 2, 1)
    assert differences == [
        Otherwise(1, Outcome.FIRED, ("rule0",), Outcome.QUIET, (), True),
        Otherwise(3, Outcome.QUIET, (), Outcome.UNKNOWN, (), False),
    ]
    assert compared(live, candidate, used, [0]) == (Volume(1, 1, 1), [])


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (Volume(99, 0, 99), ""),
        (Volume(100, 10, 15), ""),
        (Volume(100, 10, 5), ""),
        (Volume(100, 10, 16), "it fired on 16 of 100 responses, the live policy on 10: more than 1.5 times as often"),
        (Volume(100, 10, 4), "it fired on 4 of 100 responses, the live policy on 10: less than 0.5 times as often"),
        (Volume(100, 0, 1), ""),
        (Volume(100, 0, 2), "it fired on 2 of 100 responses, the live policy on 0: more than 1.5 times as often"),
    ],
)
def test_it_stops_when_its_volume_leaves_the_bounds(seen: Volume, why: str) -> None:
    assert overstepped(Bounds(0.5, 1.5, 100), seen) == why
