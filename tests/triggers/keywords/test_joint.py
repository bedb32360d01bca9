"""Engines searched together find what each finds alone."""

from hypothesis import given
from hypothesis import strategies as st

from triggers.keywords.joint import JointEngine
from triggers.keywords.match import KeywordEngine
from triggers.keywords.tokens import tokenise_all

WORDS = ("late", "parcel", "not", "rude", "refund", "was", "very", "cancelled")
LEXICONS = {"churn": ["cancel*", "leaving"]}
POLICY = KeywordEngine(("@churn", "late NEAR/3 parcel", "rude AND NOT refund", "late"), LEXICONS)
THEMES = KeywordEngine(("parcel* OR late", "refund", "late!"))
JOINT = JointEngine((THEMES, POLICY))


@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join), max_size=6))
def test_each_engine_gets_its_own_matches(texts: list[str]) -> None:
    column = tokenise_all(texts)
    together = JOINT.match_column(column)
    for engine in (POLICY, THEMES):
        part = JOINT.part(engine)
        assert part is not None
        own = {row: dict(found) for row, matches in together.items() if (found := matches.of(*part))}
        assert own == {row: dict(matches) for row, matches in engine.match_column(column).items()}


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join))
def test_the_first_place_is_the_first_of_all_places(text: str) -> None:
    for matches in POLICY.match_column(tokenise_all([text])).values():
        assert all(matches.first(query) == matches[query][0] for query in matches)


def test_an_engine_that_is_not_part_of_it_is_nobody() -> None:
    assert JOINT.part(KeywordEngine(("late",))) is None
