"""A customer's words on a terminal: evidence marked, control characters made harmless."""

from collections.abc import Sequence

from rich.text import Text

from feedback.response import Comment
from triggers.decision import TextSpan

LONGEST = 600


def comment_text(comment: Comment, spans: Sequence[TextSpan] = (), limit: int = LONGEST) -> Text:
    """The comment with the spans that were evidence underlined, cut at `limit` characters."""
    cut = comment.text[:limit]
    text = Text(printable(cut), style="italic")
    for span in spans:
        if span.question_id == comment.question_id and span.start < len(cut):
            text.stylize("bold underline", span.start, min(span.end, len(cut)))
    if len(comment.text) > limit:
        text.append(f" … ({len(comment.text):,} characters)", style="dim")
    return text


def printable(text: str) -> str:
    """Control characters (which could move the cursor or hide text) become a visible sign; the length stays."""
    return "".join(
        "\N{SYMBOL FOR NEWLINE}" if c == "\n" else c if c >= " " and c != "\x7f" else "\N{REPLACEMENT CHARACTER}"
        for c in text
    )
