import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triggers.keywords.normalise import fold, pieces
from triggers.keywords.tokens import tokenise


@pytest.mark.parametrize(
    ("word", "tokens"),
    [
        ("CANNOT", ("can", "not")),
        ("don’t", ("do", "not")),
        ("wouldn't've", ("would", "not", "have")),
        ("won't", ("will", "not")),
        ("didnt", ("did", "not")),
        ("well", ("well",)),
        ("driver’s", ("driver",)),
        ("l'avion", ("l", "avion")),
        ("ＡＢＣ", ("abc",)),
        ("Straße", ("strasse",)),
        ("cafe\u0301", ("cafe",)),
        ("Øresund", ("oresund",)),
        ("'", ()),
    ],
)
def test_pieces(word: str, tokens: tuple[str, ...]) -> None:
    assert pieces(word) == tokens


@settings(max_examples=250, deadline=None)
@given(st.text(max_size=30))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@settings(max_examples=250, deadline=None)
@given(st.text(max_size=60))
def test_words_are_the_characters_their_spans_say(text: str) -> None:
    tokens = tokenise(text)
    last = 0
    for at, word in enumerate(tokens.words):
        start, end = tokens.span(at)
        assert last <= start < end
        assert word.startswith(text[start:end])
        last = end


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=60))
def test_plain_text_is_cut_the_same_beside_other_scripts(text: str) -> None:
    assert tokenise(text).words == tokenise(text + " é").words[:-1]
    assert tokenise(text).words == tokenise(text + " 客").words[:-1]
