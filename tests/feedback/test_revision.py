from hypothesis import given
from hypothesis import strategies as st

from feedback.ports import KnownResponse
from feedback.revision import Novelty, sort_rows


def test_same_content_is_a_duplicate_and_other_content_a_revision() -> None:
    known = {"a": KnownResponse(id=1, revision=2, content_hash="h1", ticket="N-1")}
    states = sort_rows(["a", "a", "b"], ["h1", "h2", "h1"], known)
    assert [(s.novelty, s.revision) for s in states] == [
        (Novelty.DUPLICATE, 2),
        (Novelty.REVISION, 3),
        (Novelty.NEW, 1),
    ]
    assert states[1].held == known["a"]


def test_a_row_replaced_later_in_the_batch_is_superseded() -> None:
    states = sort_rows(["a", "a", "a"], ["h1", "h2", "h2"], {})
    assert [s.superseded for s in states] == [True, False, False]
    assert [s.novelty for s in states] == [Novelty.NEW, Novelty.REVISION, Novelty.DUPLICATE]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), max_size=30))
def test_one_batch_or_row_by_row_gives_the_same_revisions(rows: list[tuple[str, str]]) -> None:
    together = sort_rows([r for r, _ in rows], [h for _, h in rows], {})
    known: dict[str, KnownResponse] = {}
    apart = []
    for key, content in rows:
        (state,) = sort_rows([key], [content], known)
        apart.append((state.novelty, state.revision))
        if state.novelty is not Novelty.DUPLICATE:
            known[key] = KnownResponse(id=0, revision=state.revision, content_hash=content, ticket=None)
    assert [(s.novelty, s.revision) for s in together] == apart


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), max_size=30))
def test_exactly_the_last_revision_of_an_id_stands(rows: list[tuple[str, str]]) -> None:
    states = sort_rows([r for r, _ in rows], [h for _, h in rows], {})
    for key in {r for r, _ in rows}:
        standing = [
            s
            for (r, _), s in zip(rows, states, strict=True)
            if r == key and not s.superseded and s.novelty is not Novelty.DUPLICATE
        ]
        assert len(standing) == 1
