"""The small language detector (py3langid), loaded at the first comment that needs it."""

from functools import lru_cache
from typing import Any

from models.encoding import MAX_CHARACTERS


def detect(text: str) -> tuple[str, float]:
    """The likeliest language code of a text and its probability; reads at most the first 2,000 characters."""
    code, probability = _identifier().classify(text[:MAX_CHARACTERS])
    return str(code), float(probability)


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
