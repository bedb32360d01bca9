"""One written form for every way of writing a word: case, accents, ligatures, quotes and contractions folded away."""

import re
import unicodedata

APOSTROPHES = "'\u2018\u2019\u201b\u02bc\u02b9\u00b4\u0060\u2032\uff07"
IGNORABLE = "\u00ad\u034f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff"
_APOSTROPHE = re.compile(f"[{APOSTROPHES}]")
_IGNORED = re.compile(f"[{IGNORABLE}]")

# Letters that carry a stroke or a hook and so have no decomposition to fold.
_STROKES = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "ı": "i", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th"})

_ENDINGS = {"n't": "not", "'re": "are", "'ll": "will", "'ve": "have", "'m": "am", "'d": "would", "'s": None}
_IRREGULAR = {
    "can't": ("can", "not"),
    "cannot": ("can", "not"),
    "won't": ("will", "not"),
    "shan't": ("shall", "not"),
    "ain't": ("is", "not"),
    "let's": ("let", "us"),
}
_STEMS = ("ca do does did is are was were has have had wo would could should must need might").split()
# People leave the apostrophe out. Spellings that are words of their own (were, well, ill, id) are left alone.
_BARE = {f"{stem}nt": _IRREGULAR.get(f"{stem}n't", (stem, "not")) for stem in _STEMS}


def fold(text: str) -> str:
    """NFKC, case folding, accents and invisible characters removed; the order and count of words stay as they are."""
    if text.isascii():
        return text.lower()
    shown = unicodedata.normalize("NFKC", _IGNORED.sub("", text)).casefold().translate(_STROKES)
    bare = "".join(mark for mark in unicodedata.normalize("NFD", shown) if not unicodedata.combining(mark))
    return unicodedata.normalize("NFKC", bare).casefold()


def pieces(word: str) -> tuple[str, ...]:
    """The tokens one written word stands for: usually one, two for a contraction ("can't", "cant", "cannot").

    A possessive loses its ending ("driver's" is "driver"); other apostrophes split ("l'avion" is "l", "avion").
    """
    plain = _APOSTROPHE.sub("'", fold(word)).strip("'")
    if known := _IRREGULAR.get(plain) or _BARE.get(plain):
        return known
    if "'" not in plain:
        return (plain,) if plain else ()
    for ending, meaning in _ENDINGS.items():
        if plain.endswith(ending) and len(plain) > len(ending):
            stem = pieces(plain[: -len(ending)])
            return (*stem, meaning) if meaning else stem
    return tuple(part for part in plain.split("'") if part)
