"""Whether a comment is in a language the model was trained on; in doubt it is, since most doubts are short answers."""

from collections.abc import Callable, Collection

# (language code, probability) of a text.
Detector = Callable[[str], tuple[str, float]]

# Words that make a text English without asking a detector: frequent there, rare or absent in other languages.
ENGLISH_WORDS = frozenset(
    "the and were with that this they have had not you your very would could should which there their been from "
    "because when what who how it's don't didn't wasn't couldn't".split()
)
# Detectors guess on short texts: "no" is English, Spanish and Italian.
MIN_LETTERS = 40
MIN_CONFIDENCE = 0.97


def is_readable(text: str, declared: str | None, languages: Collection[str], detect: Detector) -> bool:
    """True when the text may be scored.

    What the survey declares (a BCP 47 tag) decides. Without it a text mostly in another script than Latin is foreign,
    and a longer one is when the detector is nearly certain.
    """
    if declared:
        return declared.replace("_", "-").split("-")[0].lower() in languages
    letters = sum(character.isalpha() for character in text)
    if not letters:
        return True
    if text.isascii() or _latin_letters(text) >= letters / 2:
        return (
            letters < MIN_LETTERS or _is_plain_english(text, languages) or not _surely_foreign(text, languages, detect)
        )
    return False


def _is_plain_english(text: str, languages: Collection[str]) -> bool:
    return "en" in languages and len(ENGLISH_WORDS.intersection(text[:400].lower().split())) >= 2


def _latin_letters(text: str) -> int:
    return sum(character.isalpha() and character < "\u0250" for character in text)


def _surely_foreign(text: str, languages: Collection[str], detect: Detector) -> bool:
    code, probability = detect(text)
    return code not in languages and probability >= MIN_CONFIDENCE
