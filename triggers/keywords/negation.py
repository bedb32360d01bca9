"""Whether a match is denied by the words before it: "not late at all" does not say late, "not only late" does.

The method is NegEx's (Chapman et al. 2001) with scope forwards only: from a cue word up to `CUES[cue]` tokens, ended by
punctuation or a word that turns the sentence. Where it is doubtful the match counts: a missed complaint costs more than
a false alarm, so "nobody" and "nothing" are no cues and "and" ends a scope.
"""

import re
from collections.abc import Sequence

CUES = {
    "not": 4, "never": 4, "without": 3, "neither": 4, "nor": 4, "no": 2, "hardly": 3, "barely": 3, "scarcely": 3,
    "rarely": 3, "seldom": 3, "nicht": 4, "kein": 3, "keine": 3, "keinen": 3, "keiner": 3, "niemals": 4, "ohne": 3,
    "pas": 3, "jamais": 3, "nunca": 4, "niet": 4, "geen": 3, "nooit": 4, "nao": 4,
}  # fmt: skip
"""How many tokens a cue reaches, counted to the first token of the match."""

EXCEPTIONS = frozenset({
    ("only",), ("just",), ("merely",), ("simply",), ("believe",), ("doubt",), ("wonder",), ("matter",), ("question",),
    ("to", "mention"), ("be", "more"), ("be", "worse"), ("be", "less"), ("nur",), ("bloss",), ("seulement",), ("solo",),
    ("solamente",), ("alleen",),
})  # fmt: skip
"""Words directly after a cue that make it no denial."""

TURNS = frozenset({"and", "but", "however", "although", "though", "because", "yet", "except", "until", "und", "aber",
                   "mais", "pero", "maar", "mas"})  # fmt: skip
"""Words that end a scope."""

FURTHEST = max(CUES.values())
_BREAK = re.compile(r"[.!?;:,()\n\u2026\u2013\u2014\u3002\uff0c\uff01\uff1f]|\s-+\s")


def cue_before(tokens: Sequence[str], start: int) -> int | None:
    """Position of a cue whose reach and words cover a match that starts at `start`; None where none does."""
    for at in range(start - 1, max(-1, start - 1 - FURTHEST), -1):
        if tokens[at] in TURNS:
            return None
        if start - at <= CUES.get(tokens[at], 0) and not _excepted(tokens, at):
            return at
    return None


def breaks(between: str) -> bool:
    """Whether the text from a cue to a match holds punctuation that ends the scope."""
    return bool(_BREAK.search(between))


def _excepted(tokens: Sequence[str], cue: int) -> bool:
    return (*tokens[cue + 1 : cue + 2],) in EXCEPTIONS or (*tokens[cue + 1 : cue + 3],) in EXCEPTIONS
