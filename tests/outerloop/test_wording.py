import math
from datetime import date

import pytest

from outerloop.rates import Estimate
from outerloop.wording import change_of, count, day, hours, number, percent, percent_moved, points


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (number(1234.5), "1,234"),
        (number(-0.04, 1), "0.0"),
        (number(-2.5, 1), "−2.5"),
        (number(2.5, 1, signed=True), "+2.5"),
        (percent(Estimate(0.081, 0.062, 0.104)), "8.1 % [6.2, 10.4]"),
        (percent_moved(Estimate(0.05, -0.01, 0.11)), "+5.0 pp [−1.0, +11.0]"),
        (points(Estimate(-2.49, -13.2, 8.3)), "−2.5 points [−13.2, 8.3]"),
        (points(Estimate(math.nan, math.nan, math.nan)), "–"),
        (change_of(0.6, 0.4, 1.1), "−40 % [−60, +10]"),
        (hours(2.04), "2.0 h"),
        (hours(72.0), "3.0 days"),
        (hours(math.nan), "not yet"),
        (count(1, "ticket", "tickets"), "1 ticket"),
        (count(1200, "ticket", "tickets"), "1,200 tickets"),
        (day(date(2026, 9, 1)), "1 September 2026"),
    ],
)
def test_figures_carry_their_unit_and_interval(said: str, shown: str) -> None:
    assert said == shown
