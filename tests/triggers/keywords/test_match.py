import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.triggers.keywords.slow import holds
from triggers.keywords.match import KeywordEngine
from triggers.keywords.query import And, Near, Not, Or, Query, QueryError, Term
from triggers.keywords.tokens import tokenise, tokenise_all

VOCABULARY = [
    "late", "later", "slate", "courier", "courir", "refund", "refnud", "delivery", "delivry", "never", "again", "not",
    "no", "without", "only", "just", "and", "but", "to", "mention", "rude", "staff",
]  # fmt: skip
TERMS = ["late", "late*", "*late", "*ate*", "courier", "refund", "rude", "staff", "again", "deliv*", "never", "not"]
MARKS = [" ", ", ", ". ", "  ", "\n", "! ", " - "]

terms = st.one_of(
    st.builds(Term, st.sampled_from(TERMS), even_negated=st.booleans()),
    st.builds(
        lambda words, even: Term(" ".join(words), True, 0, even),
        st.lists(st.sampled_from(TERMS), min_size=2, max_size=3),
        st.booleans(),
    ),
    st.builds(Term, st.sampled_from(["courier", "refund", "delivery", "late"]), fuzzy=st.just(1)),
    st.builds(Term, st.sampled_from(["courier", "delivery"]), fuzzy=st.just(2)),
)
sides = terms | st.builds(lambda parts: Or(tuple(parts)), st.lists(terms, min_size=2, max_size=3))
nears = st.builds(Near, sides, sides, st.integers(0, 4), st.booleans())


def _join(parts: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    several = st.lists(parts, min_size=2, max_size=3)
    return st.one_of(
        st.builds(
            lambda xs: And(tuple(x for x in xs if not isinstance(x, And)) or (Term("late"), Term("rude"))), several
        ),
        st.builds(
            lambda xs: Or(tuple(x for x in xs if not isinstance(x, Or)) or (Term("late"), Term("rude"))), several
        ),
        st.builds(Not, parts),
    )


def _flat(query: Query) -> Query:
    """A joint of one part is that part, as the parser reads it."""
    match query:
        case And(parts) | Or(parts):
            flat = tuple(map(_flat, parts))
            kind = type(query)
            spread = tuple(
                x
                for part in flat
                for x in (part.parts if isinstance(part, And | Or) and type(part) is kind else (part,))
            )
            return kind(spread) if len(spread) > 1 else spread[0]
        case Not(part):
            return Not(_flat(part))
    return query


queries = st.recursive(terms | nears, _join, max_leaves=6).map(_flat)
sentences = st.lists(st.tuples(st.sampled_from(VOCABULARY), st.sampled_from(MARKS)), max_size=14)


def text_of(words: list[tuple[str, str]]) -> str:
    return "".join(word + mark for word, mark in words)


@settings(max_examples=200, deadline=None)
@given(queries, st.lists(sentences, min_size=1, max_size=4))
def test_agrees_with_the_obvious_matcher(query: Query, texts: list[list[tuple[str, str]]]) -> None:
    try:
        engine = KeywordEngine([str(query)])
    except QueryError as refused:
        assert "every comment" in refused.what
        assert holds(query, [], [])
        return
    for words in texts:
        expected = holds(query, [word for word, _ in words], [mark for _, mark in words])
        assert (0 in engine.match_text(text_of(words))) == expected, text_of(words)


@settings(max_examples=80, deadline=None)
@given(st.lists(queries, min_size=1, max_size=6), sentences)
def test_queries_compiled_together_answer_as_alone(many: list[Query], words: list[tuple[str, str]]) -> None:
    usable = [str(query) for query in many if not holds(query, [], [])]
    together = KeywordEngine(usable).match_text(text_of(words))
    for at, query in enumerate(usable):
        assert together.get(at) == KeywordEngine([query]).match_text(text_of(words)).get(0)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_read_without_a_crash_and_spans_lie_inside(text: str) -> None:
    engine = KeywordEngine(["late", "*ie*", "deliver~1", '"not late"', "naïve OR 客服 OR 😡"])
    for spans in engine.match_text(f"late {text} late").values():
        assert all(0 <= start < end <= len(text) + 10 for start, end in spans)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_any_query_is_read_or_refused(text: str) -> None:
    try:
        KeywordEngine([text]).match_text(text)
    except QueryError as error:
        assert error.what


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("late", "It came LATE.", ["LATE"]),
        ("can't", "You cannot! You can’t! you cant", ["can’t", "cannot", "cant"]),
        ("cafe", "the Café", ["Café"]),
        ("naïve", "so naive", ["naive"]),
        ("driver", "the driver's van", ["driver's"]),
        ("refund", "re\u00adfund", ["re\u00adfund"]),
        ("客服", "客服太差", ["客服"]),
        ("😡", "why 😡😡", ["😡", "😡"]),
        ("e-mail", "no reply to my e-mail", ["e-mail"]),
        ('"caught fire"', "it caught\n fire", ["caught\n fire"]),
        ("late", "'late'", ["late"]),
        ("לאט", "הגיע לאט", ["לאט"]),
    ],
)
def test_spans_are_characters_of_the_text_as_written(query: str, text: str, found: list[str]) -> None:
    spans = KeywordEngine([query]).match_text(text)[0]
    assert sorted(text[start:end] for start, end in spans) == sorted(found)


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("not late at all", False),
        ("not only late but rude", True),
        ("it wasn't late", False),
        ("never been late", False),
        ("never late", False),
        ("No, it was late", True),
        ("not good, late", True),
        ("not good and late", True),
        ("no late delivery", False),
        ("I can't believe how late it was", True),
        ("couldn't be worse, late", True),
        ("was not in any way whatsoever truly late", True),
        ("late, not early", True),
        ("not late. But then it was late", True),
        ("pas late", False),
    ],
)
def test_negation_scope(text: str, counts: bool) -> None:
    engine = KeywordEngine(["late", "late!"])
    matches = engine.match_text(text)
    assert (0 in matches) == counts
    assert 1 in matches


def test_denied_places_are_told() -> None:
    engine = KeywordEngine(["late", "late!"])
    tokens = tokenise("not late at all")
    assert engine.denied(0, tokens) == ((4, 8),)
    assert engine.denied(1, tokens) == ()


def test_lexicons() -> None:
    engine = KeywordEngine(
        ["@churn", "@churn!", "@churn NEAR/2 now"], {"churn": ["cancel*", "switch to", '"give up"!']}
    )
    assert set(engine.match_text("I will Switch  to them")) == {0, 1}
    assert set(engine.match_text("I did not cancel")) == {1}
    assert set(engine.match_text("now don't give up")) == {0, 1, 2}


@pytest.mark.parametrize("query", ["a OR NOT b", "NOT late", "NOT a AND NOT b", "the OR late", "NOT (a AND b)"])
def test_a_query_that_matches_nearly_everything_is_refused_with_advice(query: str) -> None:
    with pytest.raises(QueryError) as refused:
        KeywordEngine([query])
    assert "every comment" in str(refused.value)
    assert "Next:" in str(refused.value)


def test_unknown_lexicon_names_those_there_are() -> None:
    with pytest.raises(QueryError, match=r"(?s)no lexicon is named 'chrun'.*Allowed: @churn"):
        KeywordEngine(["late OR @chrun"], {"churn": ["leave"]})


@settings(max_examples=150, deadline=None)
@given(st.lists(queries, min_size=1, max_size=4), st.lists(sentences, max_size=5))
def test_a_column_is_read_as_each_of_its_texts(many: list[Query], told: list[list[tuple[str, str]]]) -> None:
    try:
        engine = KeywordEngine([str(query) for query in many])
    except QueryError:
        return
    texts = ["", *(text_of(words) for words in told), "I can't say it was late", "not late", "late"]
    alone = {row: dict(found) for row, text in enumerate(texts) if (found := engine.match_text(text))}
    assert {row: dict(found) for row, found in engine.match_column(tokenise_all(texts)).items()} == alone


def test_equal_texts_are_read_once_and_rows_without_match_are_absent() -> None:
    column = tokenise_all(["late", "", "fine", "late"])
    assert column[0] is column[3]
    assert set(KeywordEngine(["late"]).match_column(column)) == {0, 3}


class _Counter:
    """Counts executed lines of the keyword package: work that does not depend on the clock."""

    def __init__(self) -> None:
        self.lines = 0

    def __call__(self, frame: FrameType, event: str, arg: Any) -> Any:
        if "triggers/keywords" not in frame.f_code.co_filename.replace("\\", "/"):
            return None
        self.lines += event == "line"
        return self


def counted(work: Callable[[], object]) -> int:
    """The lines of the keyword package that some work executes."""
    before, counter = sys.gettrace(), _Counter()
    sys.settrace(counter)
    try:
        work()
    finally:
        sys.settrace(before)
    return counter.lines


@pytest.mark.parametrize(
    "unit",
    ["late ", "not late ", "late courier ", "a b c ", "late late courier late ", "客", "late, ", "x*", "never again "],
)
def test_work_grows_linearly_with_the_text(unit: str) -> None:
    engine = KeywordEngine([
        "late NEAR/50 courier", "courier NEAR/50f late", '"late late late courier"', "late AND NOT courier", "again!",
        "courrier~2", "*ou*", '"客 客 客"',
    ])  # fmt: skip
    small, large = unit * 200, unit * 1600
    engine.match_text(large)
    assert counted(lambda: engine.match_text(large)) <= 9 * counted(lambda: engine.match_text(small)) + 200


@pytest.mark.parametrize("text", ["late courier not " * 62_500, "x" * 1_000_000, "é" * 1_000_000, "'" * 1_000_000])
def test_a_comment_of_one_megabyte(text: str) -> None:
    engine = KeywordEngine(["late NEAR/9 courier", "courier~2", '"late courier"', "nothing"])
    assert len(text) >= 1_000_000
    assert set(engine.match_text(text)) == ({0, 1, 2} if text.startswith("late") else set())
