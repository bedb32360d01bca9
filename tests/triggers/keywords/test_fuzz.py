"""The keyword language under fire: whatever is typed is read or refused, and no text or query costs quadratic work."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.triggers.keywords.slow import holds
from tests.triggers.keywords.test_match import MARKS, VOCABULARY, counted, queries, sentences, text_of
from triggers.keywords.match import KeywordEngine
from triggers.keywords.parser import parse
from triggers.keywords.query import Query, QueryError

LEXICONS = {"bad": ("late", "rude staff")}
soup = st.lists(
    st.sampled_from([
        *VOCABULARY, "late*", "*ou*", "*", "**", "AND", "OR", "NOT", "NEAR/2", "NEAR/2f", "NEAR/", "NEAR/999",
        "(", ")", "((", '"', "“", "”", "~1", "~2", "~", "~9", "!", "@bad", "@", "@nobody", "\t", "\\", "客", "😡",
        "é", "'", "can't", "\x00",
    ]),
    max_size=12,
)  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(soup, st.sampled_from(["", " "]), sentences)
def test_any_soup_of_syntax_is_refused_with_a_place_or_means_what_it_says(
    pieces: list[str], glue: str, words: list[tuple[str, str]]
) -> None:
    text = glue.join(pieces)
    try:
        tree = parse(text)
        engine = KeywordEngine([text], LEXICONS)
    except QueryError as refused:
        assert refused.what
        assert refused.position is None or 0 <= refused.position <= len(text)
        return
    assert parse(str(tree)) == tree
    said = text_of(words)
    found = 0 in engine.match_text(said)
    assert found == (0 in KeywordEngine([str(tree)], LEXICONS).match_text(said))
    if "@" not in text and text.isascii() and "'" not in text and "\\" not in text and "\x00" not in text:
        assert found == holds(tree, [word for word, _ in words], [mark for _, mark in words])


def test_nesting_without_end_is_refused_and_not_a_crash() -> None:
    deep = (
        "(" * 5_000 + "late" + ")" * 5_000,
        "NOT " * 5_000 + "late",
        '"' * 9_999,
        "late NEAR/1 " * 3_000 + "x",
    )
    for text in deep:
        try:
            KeywordEngine([text])
        except QueryError as refused:
            assert refused.what


@settings(max_examples=40, deadline=None)
@given(queries, st.lists(st.tuples(st.sampled_from(VOCABULARY), st.sampled_from(MARKS)), min_size=1, max_size=5))
def test_no_query_makes_the_work_on_a_text_grow_faster_than_the_text(
    query: Query, words: list[tuple[str, str]]
) -> None:
    try:
        engine = KeywordEngine([str(query)])
    except QueryError:
        return
    unit = text_of(words)
    small, large = unit * 40, unit * 320
    engine.match_text(large)  # what is learnt of a word is learnt once
    assert counted(lambda: engine.match_text(large)) <= 9 * counted(lambda: engine.match_text(small)) + 300


@pytest.mark.parametrize(
    "made",
    [
        lambda n: " OR ".join(f"w{k}" for k in range(n)),
        lambda n: " AND ".join(f"w{k}" for k in range(n)),
        lambda n: " OR ".join(f'"a{k} b{k} c{k}"' for k in range(n)),
        lambda n: " OR ".join(f"w{k} NEAR/5 v{k}" for k in range(n)),
        lambda n: " OR ".join(f"(w{k} AND NOT v{k})" for k in range(n)),
    ],
)
def test_reading_a_query_takes_work_in_step_with_its_length(made: Callable[[int], str]) -> None:
    small, large = made(20), made(160)
    assert counted(lambda: parse(large)) <= 9 * counted(lambda: parse(small)) + 300
    assert counted(lambda: KeywordEngine([large])) <= 10 * counted(lambda: KeywordEngine([small])) + 1_000
