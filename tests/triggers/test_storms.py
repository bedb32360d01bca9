"""The storm test keeps its word: exact against summed probabilities, few false alarms, real storms seen."""

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.response import ResponseStatus
from tests.triggers.builders import batch, signals
from triggers.handling import StormPolicy
from triggers.outcome import Outcome
from triggers.signals import ThemeHit
from triggers.storms import EVERYTHING, Alarm, Group, Seen, alarms, calm, chance_of, groups_of, tally

POLICY = StormPolicy(("theme",))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 30), st.integers(1, 200), st.integers(0, 60), st.integers(1, 5000), st.sampled_from([1.0, 2, 3]))
def test_the_chance_is_the_binomial_tail(fired: int, responses: int, before: int, usual: int, ratio: float) -> None:
    share = ratio * responses / (ratio * responses + usual)
    trials = fired + before
    tail = sum(comb(trials, k) * share**k * (1 - share) ** (trials - k) for k in range(fired, trials + 1))
    assert chance_of(Seen(responses, fired), Seen(usual, before), ratio) == pytest.approx(tail, rel=1e-9, abs=1e-12)


def test_an_alarm_needs_enough_now_enough_before_and_little_chance() -> None:
    one: Group = ("theme", "late")
    usual = Seen(2_000, 20)
    assert alarms(POLICY, {one: (Seen(100, 12), usual)}) == [
        Alarm(one, Seen(100, 12), usual, chance_of(Seen(100, 12), usual, 2.0))
    ]
    assert alarms(POLICY, {one: (Seen(100, 7), usual)}) == []
    assert alarms(POLICY, {one: (Seen(100, 12), Seen(99, 1))}) == []
    assert alarms(POLICY, {one: (Seen(1_000, 12), usual)}) == [], "as usual: more trouble with more responses"
    many = {("theme", f"t{i}"): (Seen(100, 1), usual) for i in range(1_000)}
    borderline = Seen(100, 12)
    assert alarms(POLICY, {one: (borderline, usual)})
    assert alarms(POLICY, {**many, one: (borderline, usual)}) == [], "who looks at many sees more by chance"


def test_a_storm_is_over_when_the_rate_is_within_the_ratio_again() -> None:
    usual = Seen(2_000, 20)
    assert calm(POLICY, Seen(100, 3), usual)
    assert not calm(POLICY, Seen(100, 12), usual)
    assert calm(POLICY, Seen(1_000, 12), usual)


def test_false_alarms_stay_below_the_stated_chance_and_storms_are_seen() -> None:
    rng = np.random.default_rng(11)
    looks, raised, seen = 4_000, 0, 0
    loose = StormPolicy(("theme",), at_least=3, ratio=1.0, chance=0.02)
    for _ in range(looks):
        rate, now, before = 0.04, int(rng.integers(50, 300)), int(rng.integers(2_000, 6_000))
        usual = Seen(before, int(rng.poisson(rate * before)))
        groups = {("theme", str(k)): (Seen(now, int(rng.poisson(rate * now))), usual) for k in range(5)}
        raised += bool(alarms(loose, groups))
        storm = {("theme", "x"): (Seen(300, int(rng.poisson(6 * rate * 300))), Seen(6_000, 240))}
        seen += bool(alarms(POLICY, storm))
    assert raised / looks < 0.02
    assert seen / looks > 0.99


def test_arrivals_are_counted_by_group_and_hour() -> None:
    late, rude = (ThemeHit("delivery.late", "why", 0, 4),), (ThemeHit("staff", "why", 0, 4),)
    given_ = signals(
        batch([1, 9, 2, 3], ["late", "fine", "rude", "late"], {"store": ["Leeds", "Leeds", None, "York"]},
              status=[ResponseStatus.LIVE] * 3 + [ResponseStatus.TEST]),
        themes=[late, late, rude, late],
    )  # fmt: skip
    fired = [Outcome.FIRED, Outcome.QUIET, Outcome.FIRED, Outcome.FIRED]
    policy = StormPolicy(("theme", "store", "survey"))
    found = {one.group: one.seen for one in tally(policy, given_, fired, [0, 1, 2, 3])}
    assert found == {
        EVERYTHING: Seen(3, 2),
        ("theme", "delivery.late"): Seen(1, 1),
        ("theme", "staff"): Seen(1, 1),
        ("store", "Leeds"): Seen(2, 1),
        ("survey", "store"): Seen(3, 2),
    }
    assert {one.hour for one in tally(policy, given_, fired, [0])} == {492_346}
    assert tally(policy, given_, fired, []) == []
    assert groups_of(policy, None, "web", {"store": "York"}) == [("store", "York"), ("survey", "web")]
