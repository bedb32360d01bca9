from math import isnan, nan

from hypothesis import given
from hypothesis import strategies as st

from models.sentiment import Sentiment
from models.training.examples import NO_TARGET, Example, by_domain, from_rating, hard, weak_frustration


def made(domain: str, label: Sentiment) -> Example:
    return Example("text", "", hard(label), nan, "g", domain)


@given(st.floats(-4, 4))
def test_a_rating_becomes_a_distribution(rating: float) -> None:
    target = from_rating(rating)
    assert abs(sum(target) - 1) < 1e-9 and min(target) >= -1e-12
    mirrored = from_rating(-rating)
    assert abs(target[0] - mirrored[2]) < 1e-9


def test_a_rating_on_the_edge_counts_half_for_either_side() -> None:
    assert abs(from_rating(0.5)[2] - 0.5) < 1e-9
    assert from_rating(-3.0)[0] > 0.999 and from_rating(0.0)[1] > 0.75


def test_the_label_is_the_likeliest_class_or_none() -> None:
    assert made("a", Sentiment.NEUTRAL).label is Sentiment.NEUTRAL
    assert Example("t", "", NO_TARGET, 1.0, "g", "d").label is None


def test_only_the_surely_positive_are_known_not_to_be_frustrated() -> None:
    assert weak_frustration(hard(Sentiment.POSITIVE)) == 0.0
    assert isnan(weak_frustration(hard(Sentiment.NEGATIVE))) and isnan(weak_frustration((0.1, 0.1, 0.8)))


def test_domains_keep_their_order() -> None:
    first, second, third = (made(d, Sentiment.NEGATIVE) for d in ("a", "b", "a"))
    assert by_domain([first, second, third]) == {"a": [first, third], "b": [second]}
