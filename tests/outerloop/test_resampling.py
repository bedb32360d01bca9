import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_array

from outerloop.rates import Floats
from outerloop.resampling import CHUNK, resampled_sums


def answers(seed: int, people: int) -> tuple[Floats, NDArray[np.int64]]:
    """A one, a band that may be 0, and themes few of which are named; some people answer more often than others."""
    draw = np.random.default_rng(seed)
    person = np.concatenate([np.arange(people), draw.integers(0, people, people)])
    draw.shuffle(person)
    named = draw.random((person.size, 7)) < [0.3, 0.1, 0.1, 0.1, 0.05, 0.01, 0]
    return np.column_stack([np.ones(person.size), draw.integers(-1, 2, person.size), named]), person


def dense(columns: Floats, person: NDArray[np.int64], seed: int, resamples: int) -> Floats:
    """The same resamples without leaving anything out: each answer weighs as often as its customer was drawn."""
    draw, people = np.random.default_rng(seed), int(person.max()) + 1
    pieces = [draw.poisson(1.0, (resamples, min(CHUNK, people - first))) for first in range(0, people, CHUNK)]
    times = np.concatenate(pieces, axis=1)[:, person]
    return np.array([(columns.T * one) @ columns for one in times])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40))
def test_sums_are_those_of_weighing_every_answer(seed: int, people: int) -> None:
    columns, person = answers(seed, people)
    found = resampled_sums(csr_array(columns), person, np.random.default_rng(seed), 6)
    assert (found.as_they_are() == columns.T @ columns).all()
    assert (found.each(lambda block: block) == dense(columns, person, seed, 6)).all()


def test_customers_are_drawn_piece_by_piece() -> None:
    columns, person = answers(1, CHUNK + 100)
    found = resampled_sums(csr_array(columns), person, np.random.default_rng(1), 3)
    assert (found.each(lambda block: block) == dense(columns, person, 1, 3)).all()


def test_a_zero_that_is_stored_is_none() -> None:
    columns = csr_array((np.array([1.0, 2.0, 0.0]), ([0, 1, 1], [0, 0, 1])), shape=(2, 2))
    found = resampled_sums(columns, [0, 1], np.random.default_rng(1), 2)
    assert found.pairs.tolist() == [0] and found.as_they_are().tolist() == [[5, 0], [0, 0]]


def test_names_of_customers_are_ordered_before_they_are_drawn() -> None:
    columns, person = answers(2, 20)
    named = np.array([f"customer {number:03}" for number in person])
    told = [resampled_sums(csr_array(columns), who, np.random.default_rng(2), 4).drawn for who in (person, named)]
    assert (told[0] == told[1]).all()


@pytest.mark.parametrize(("themes", "blocks"), [(0, 1), (700, 3)])
def test_few_or_many_columns_come_in_blocks(themes: int, blocks: int) -> None:
    found = resampled_sums(csr_array(np.eye(5, themes + 2)), np.arange(5), np.random.default_rng(1), 20)
    asked: list[int] = []

    def told(block: Floats) -> Floats:
        asked.append(len(block))
        return block[:, 0, 0]

    assert found.each(told).tolist() == found.drawn[0].tolist()
    assert len(asked) == blocks and sum(asked) == 20
    assert found.pairs.size == min(5, themes + 2)
