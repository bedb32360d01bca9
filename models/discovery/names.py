"""Names that people can read, made of a theme's terms as its own texts write them."""

import re
from collections import Counter
from collections.abc import Sequence

from models.discovery.words import JUDGING, SAYING, stems

_BESIDE, _HEADS = 2, 4
UNNAMED = "Unnamed"
_BEGINS = re.compile(r"(^|[.!?:\n])[^\w.!?:\n]*$")


def theme_names(terms: Sequence[Sequence[str]], texts: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """A name for each theme of its terms (heaviest first) and texts: "Card payment: declined, contactless".

    Before the colon stands the heaviest term that says what the theme is about, after it the next that share no word
    with it or each other, such as "told" last; letter case is the texts' own ("NHS"), but for the first letter.
    "Unnamed" without terms.
    """
    return tuple(_name(mine, said) for mine, said in zip(terms, texts, strict=True))


def _name(terms: Sequence[str], texts: Sequence[str]) -> str:
    if not terms:
        return UNNAMED
    head = next((term for term in terms[:_HEADS] if JUDGING.isdisjoint(term.split())), terms[0])
    beside: list[str] = []
    for term in sorted(terms, key=lambda term: set(term.split()) <= SAYING):
        if len(beside) < _BESIDE and not any(stems(term) & stems(one) for one in (head, *beside)):
            beside.append(term)
    written = [as_written(term, texts) for term in (head, *beside)]
    name = written[0] + (f": {', '.join(written[1:])}" if beside else "")
    return name[:1].upper() + name[1:]


def as_written(term: str, texts: Sequence[str]) -> str:
    """A term in the letter case that most of the texts write it in; of equals the first by code point is taken."""
    spelt = re.compile(r"(?<!\w)" + r"\W+".join(re.escape(word) for word in term.split()) + r"(?!\w)", re.IGNORECASE)
    forms: Counter[str] = Counter()
    for text in texts:
        # What begins a sentence has its capital from there.
        forms.update(found.group() for found in spelt.finditer(text) if not _BEGINS.search(text[: found.start()]))
    alike = {form: count for form, count in forms.items() if form.lower().split() == term.split()}
    return min(alike, key=lambda form: (-alike[form], form)) if alike else term
