import pytest

from models.language import MIN_LETTERS, is_readable

ENGLISH = frozenset({"en"})


def certain(code: str, probability: float = 0.999) -> "Fixed":
    return Fixed(code, probability)


class Fixed:
    """A detector that always answers the same and counts how often it was asked."""

    def __init__(self, code: str, probability: float) -> None:
        self.answer, self.asked = (code, probability), 0

    def __call__(self, text: str) -> tuple[str, float]:
        self.asked += 1
        return self.answer


@pytest.mark.parametrize(
    ("declared", "readable"), [("en", True), ("en-GB", True), ("EN_us", True), ("de", False), ("fr-CA", False)]
)
def test_the_declared_language_decides_without_a_detector(declared: str, readable: bool) -> None:
    detector = certain("xx")
    assert is_readable("anything at all, as long as it takes to be detected", declared, ENGLISH, detector) is readable
    assert detector.asked == 0


def test_a_short_text_is_taken_as_readable() -> None:
    detector = certain("it")
    assert is_readable("no no", None, ENGLISH, detector)
    assert detector.asked == 0


def test_a_longer_text_is_foreign_only_when_the_detector_is_nearly_certain() -> None:
    text = "x" * MIN_LETTERS
    assert not is_readable(text, None, ENGLISH, certain("de"))
    assert is_readable(text, None, ENGLISH, certain("de", 0.8))
    assert is_readable(text, "", ENGLISH, certain("en"))


@pytest.mark.parametrize("text", ["מצוין, תודה", "ممتاز", "很好", "очень плохо"])
def test_another_script_is_foreign_however_short(text: str) -> None:
    assert not is_readable(text, None, ENGLISH, certain("en"))


@pytest.mark.parametrize("text", ["😡😡😡", "10/10", "???", "très cher"])
def test_no_letters_or_latin_ones_are_read(text: str) -> None:
    assert is_readable(text, None, ENGLISH, certain("fr"))
