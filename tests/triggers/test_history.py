"""What a response sees of its customer's past: compared with an obvious reading of the definition."""

from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.response import ResponseKey
from triggers.history import MOST, Earlier, Kept, histories, joined

DAY = 86_400_000_000
Row = tuple[int, int, int, float | None, tuple[str, ...], bool]
kept_rows = st.lists(
    st.tuples(
        st.integers(1, 2),
        st.integers(1, 3),
        st.integers(0, 9),
        st.sampled_from([None, 1.0, 9.0]),
        st.sampled_from([(), ("a",), ("a", "b")]),
        st.booleans(),
    ),
    max_size=9,
)


def stored(rows: list[Row]) -> list[Kept]:
    """Rows in the order they came, each knowing the number of its next revision."""
    made = [
        Kept(at, who, ResponseKey("s", "nps", f"R{response}"), day * DAY, score, themes, None, counts)
        for at, (who, response, day, score, themes, counts) in enumerate(rows)
    ]
    following: dict[tuple[int, ResponseKey], int] = {}
    for one in reversed(made):
        made[one.id] = one._replace(replaced=following.get((one.customer, one.key)))
        following[one.customer, one.key] = one.id
    return made


def obvious(every: list[Kept], one: Kept, days: int) -> list[Earlier]:
    there = [other for other in every if other.id < one.id and other.customer == one.customer]
    latest = {other.key: other for other in there}
    seen = [
        other
        for other in latest.values()
        if other.key != one.key and other.counts and one.at - days * DAY <= other.at <= one.at
    ]
    seen.sort(key=lambda other: (other.at, other.id), reverse=True)
    return [Earlier(other.at, "nps", other.score, other.themes) for other in seen]


@settings(max_examples=300, deadline=None)
@given(kept_rows, st.integers(1, 9), st.randoms(use_true_random=False))
def test_each_response_sees_what_was_there_when_it_came(rows: list[Row], days: int, order: Random) -> None:
    every = stored(rows)
    mixed = list(every)
    order.shuffle(mixed)
    found = histories(mixed, every, timedelta(days=days))
    assert [list(found.rows.get(row, ())) for row in range(len(every))] == [obvious(every, one, days) for one in every]


@settings(max_examples=300, deadline=None)
@given(kept_rows, st.integers(0, 9))
def test_a_batch_sees_before_it_is_stored_what_a_replay_sees_after(rows: list[Row], cut: int) -> None:
    every = stored(rows)
    earlier = [
        one._replace(replaced=None if one.replaced is not None and one.replaced >= cut else one.replaced)
        for one in every[:cut]
    ]
    batch = [one._replace(id=one.id + 1_000, replaced=None) for one in every[cut:]]
    live = histories(joined(earlier, batch), batch, timedelta(days=5))
    replay = histories(every, every[cut:], timedelta(days=5))
    assert live.rows == replay.rows


def test_nobody_known_has_a_past_and_a_crowd_has_a_short_one() -> None:
    crowd = [Kept(at, 1, ResponseKey("s", "nps", f"R{at}"), at, 5.0, ()) for at in range(MOST + 50)]
    found = histories(crowd, [None, crowd[-1]], timedelta(days=1))
    assert list(found.rows) == [1]
    assert [one.at for one in found.rows[1]] == list(range(MOST + 48, 48, -1))


def test_rows_are_taken_with_their_past() -> None:
    known = histories(
        [Kept(1, 1, ResponseKey("s", "n", "a"), 0, 1.0, ())],
        [None, Kept(2, 1, ResponseKey("s", "n", "b"), 5, 1.0, ())],
        timedelta(days=1),
    )
    assert known.take([1, 0]).rows == {0: (Earlier(0, "n", 1.0, ()),)}
