"""Every text of the interface, one file a language: a language is added by adding `xx.toml` with the same keys."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent
DEFAULT = "en"


class Texts:
    """The texts of one language. A key that is not there is a fault of ours, so it is an error and not silence."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language, self._texts = language, texts

    @property
    def keys(self) -> frozenset[str]:
        """Every key there is."""
        return frozenset(self._texts)

    def __call__(self, key: str, /, **names: object) -> str:
        """The text of a key, with its names filled in. Raises KeyError."""
        text = self._texts[key]
        return text.format(**names) if names else text

    def word(self, family: str, value: object) -> str:
        """The word for a value of an enum, or the value itself where the texts have none (a team's own root cause)."""
        plain = str(value)
        return self._texts.get(f"{family}.{plain}") or plain.replace("_", " ")


def languages() -> tuple[str, ...]:
    """The languages there are."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@lru_cache(maxsize=16)
def load_texts(language: str = DEFAULT) -> Texts:
    """The texts of a language; English for one there is none of."""
    path = FOLDER / f"{language if language in languages() else DEFAULT}.toml"
    with path.open("rb") as source:
        return Texts(path.stem, flat(tomllib.load(source)))


def flat(tree: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    """Nested tables as "a.b.c" keys."""
    found: dict[str, str] = {}
    for name, value in tree.items():
        key = f"{prefix}{name}"
        found |= flat(value, f"{key}.") if isinstance(value, Mapping) else {key: str(value)}
    return found
