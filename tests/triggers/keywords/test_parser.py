import pytest
from hypothesis import given, settings

from tests.triggers.keywords.test_match import queries
from triggers.keywords.parser import lexicon_entry, parse
from triggers.keywords.query import And, LexiconRef, Near, Not, Or, Query, QueryError, Term


@settings(max_examples=250, deadline=None)
@given(queries)
def test_text_parses_back_to_the_same_tree(query: Query) -> None:
    assert parse(str(query)) == query


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("late", Term("late")),
        ("late!", Term("late", even_negated=True)),
        ("deliver~", Term("deliver", fuzzy=1)),
        ('"never again"!', Term("never again", quoted=True, even_negated=True)),
        ("“caught  fire”", Term("caught fire", quoted=True)),
        ("@churn!", LexiconRef("churn", True)),
        ("a OR b AND NOT c", Or((Term("a"), And((Term("b"), Not(Term("c"))))))),
        ("(a OR b) NEAR/3f c", Near(Or((Term("a"), Term("b"))), Term("c"), 3, True)),
        ("NOT a NEAR/2 b", Not(Near(Term("a"), Term("b"), 2))),
        ('"not"', Term("not", quoted=True)),
        ("(((a)))", Term("a")),
        ("and OR or", Or((Term("and"), Term("or")))),
    ],
)
def test_reads(text: str, tree: Query) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "position", "problem"),
    [
        ("", 0, "expected a word"),
        ("late delivery", 5, "expected AND, OR, NEAR/n or the end"),
        ("(late", 5, "expected AND, OR or )"),
        ("late)", 4, "this ) closes nothing"),
        ("late AND", 8, "expected a word"),
        ('rude OR "never', 8, "never closed"),
        ("a*", 0, "matches too many words"),
        ("*", 0, "matches every word"),
        ("de*ver", 0, "start or the end"),
        ("late~3", 0, "~ takes 1 or 2"),
        ("so OR was~", 6, "at least 4 letters"),
        ("a NEAR/3 b NEAR/2 c", 11, "NEAR stands between"),
        ("(a AND b) NEAR/2 c", 0, "NEAR stands between"),
        ("a NEAR/999 b", 2, "too far"),
        ('"..."', 0, "nothing to search for"),
        ("(" * 60 + "a" + ")" * 60, 40, "nested deeper"),
        ("NOT " * 60 + "a", 160, "nested deeper"),
        ("late ! rude", 5, "expected"),
    ],
)
def test_an_error_says_where_and_what_was_expected(text: str, position: int, problem: str) -> None:
    with pytest.raises(QueryError) as refused:
        parse(text)
    assert refused.value.position == position
    assert problem in str(refused.value)


def test_the_caret_stands_under_the_position() -> None:
    with pytest.raises(QueryError) as refused:
        parse("late OR  rude staff")
    line, caret = str(refused.value).split("\n")[1:3]
    assert line[caret.index("^") :] == "staff"


def test_lexicon_entries() -> None:
    assert lexicon_entry("switch  to") == Term("switch to", quoted=True)
    assert lexicon_entry("cancel*") == Term("cancel*")
    assert lexicon_entry('"give up"!') == Term("give up", quoted=True, even_negated=True)
    with pytest.raises(QueryError, match="a lexicon's entry"):
        lexicon_entry('"a" OR "b"')
