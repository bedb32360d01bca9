"""Customers' words fit to be quoted outside the ledger: who they are masked, cut to a readable length."""

import re
from collections.abc import Iterable

LONGEST = 280
"""Characters of a quotation, at most."""

_MASKED = (
    (re.compile(r"[^\s<>@]+@[^\s<>@]+\.[^\s<>@]+"), "[mail address]"),
    (re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE), "[link]"),
    # Telephone, card, order and customer numbers: five or more digits, however they are spaced.
    (re.compile(r"\+?\d(?:[\s./()-]{0,2}\d){4,}"), "[number]"),
)


def quotable(comment: str, names: Iterable[str] = ()) -> str:
    """The comment on one line, without mail addresses, links, long numbers and the words of these names.

    What nobody could find by rule (a colleague's name, "the tall one at the till") stays: a quotation is still a
    customer's words and is to be kept as such.
    """
    text = " ".join(comment.split())
    for pattern, mask in _MASKED:
        text = pattern.sub(mask, text)
    for word in sorted({word for name in names for word in name.split() if len(word) > 1}, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", "[name]", text, flags=re.IGNORECASE)
    return _cut(text)


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    whole = text[: LONGEST - 1]
    return (whole.rpartition(" ")[0] or whole) + "…"
