import numpy as np

from models.theme_head import LabelledTexts, ThemeHead
from tests.models.discovery.texts import SUBJECTS, WordEncoder, sentences

NAMES = ("parking", "cafe")


def labelled(seed: int) -> tuple[LabelledTexts, np.ndarray[tuple[int, int], np.dtype[np.bool_]]]:
    """Texts about one thing, about both, and about neither."""
    about = {name: sentences(name, 20, seed) for name in SUBJECTS}
    both = [f"{one}. {other}" for one, other in zip(about["parking"][:12], about["cafe"][8:], strict=True)]
    texts = [*about["parking"], *about["cafe"], *about["lighting"], *both]
    truth = np.array([[text in about[name] or text in both for name in NAMES] for text in texts])
    groups = [str(at % 9) for at in range(len(texts))]
    return LabelledTexts(texts, WordEncoder().vectors(texts), ["why"] * len(texts), groups), truth


def test_unseen_texts_get_one_label_both_or_none() -> None:
    head = ThemeHead(*labelled(1))
    unseen, truth = labelled(2)
    said = head.labels(unseen)
    assert (said == truth).all(axis=1).mean() > 0.9
    assert said[-12:].all(axis=1).mean() > 0.7 and not said[40:60].any(axis=1).mean() > 0.1
    assert np.array_equal(said, ThemeHead(*labelled(1)).labels(unseen))


def test_what_is_known_of_a_text_is_heard_and_unknown_codes_are_none() -> None:
    texts, _ = labelled(1)
    known = LabelledTexts(texts.texts, texts.vectors, [str(at % 2) for at in range(len(texts.texts))], texts.groups)
    asked = np.array([[code == "1"] for code in known.known])
    head = ThemeHead(known, asked)
    assert np.array_equal(head.labels(known), asked)
    strange = LabelledTexts(texts.texts, texts.vectors, ["other"] * len(texts.texts), texts.groups)
    assert head.probabilities(strange).shape == asked.shape
