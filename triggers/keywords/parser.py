"""Reads a keyword query.

    late OR delay*            either word; * at the end or start of a word
    "never again"             words in a row
    refund AND NOT given      both in one comment; NOT needs something beside it
    late NEAR/3 courier       at most 3 words between; NEAR/3f: in this order
    refnud~1                  up to 1 (or ~2) letters different
    @churn                    any entry of the policy's lexicon `churn`
    late!                     also where the text denies it ("not late at all"); without ! that does not count

NOT binds tighter than AND, AND tighter than OR; parentheses group. Operators are written in capitals; a quoted
operator ("not") is a word. Each query looks at one comment at a time.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from triggers.keywords.patterns import token_tests
from triggers.keywords.query import And, LexiconRef, Near, Not, Or, Query, QueryError, Term

QUOTES = '"\u201c\u201d\u201e\u00ab\u00bb'
MOST_WORDS_BETWEEN = 100
_DEEPEST = 40
_SUFFIX = r"(?:~(?P<{0}fuzzy>[0-9]*))?(?P<{0}even>!?)(?=[\s()]|$)"
_LEXEME = re.compile(
    rf"\s*(?:(?P<open>\()|(?P<close>\))|[{QUOTES}](?P<phrase>[^{QUOTES}]*)[{QUOTES}]{_SUFFIX.format('q')}"
    rf"|(?P<near>NEAR/(?P<words>[0-9]+)(?P<ordered>f?)(?=[\s()]|$))|(?P<operator>(?:AND|OR|NOT)(?=[\s()]|$))"
    rf"|@(?P<lexicon>[A-Za-z0-9_.-]+)(?P<all>!?)(?=[\s()]|$)|(?P<word>[^\s(){QUOTES}~!@]+){_SUFFIX.format('w')})"
)


_VISIBLE = re.compile(r"\S")


@dataclass(frozen=True, slots=True)
class _Lexeme:
    kind: str
    at: int
    value: Query | tuple[int, bool] | None = None


def parse(text: str) -> Query:
    """The query's tree. Raises QueryError with the position and what was expected there."""
    return _Parser(text).query()


def lexicon_entry(text: str) -> Term:
    """A lexicon's entry: a word or words in a row, `*`, `~` and `!` as in a query. Raises QueryError."""
    if any(quote in text for quote in QUOTES) or not re.search(r"\s", text.strip()):
        entry = parse(text)
        if isinstance(entry, Term):
            return entry
        raise QueryError("a lexicon's entry is a word or words in a row", text, 0, next_step="list entries one by one")
    entry = Term(" ".join(text.split()), quoted=True)
    token_tests(entry)
    return entry


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.lexemes = _lexemes(text)
        self.next = 0
        self.depth = 0

    def query(self) -> Query:
        tree = self._or()
        if self._here().kind == "close":
            raise self._expected("an operator or the end; this ) closes nothing")
        return tree

    def _or(self) -> Query:
        return self._joined("OR", self._and, Or)

    def _and(self) -> Query:
        return self._joined("AND", self._not, And)

    def _joined(self, word: str, part: Callable[[], Query], kind: type[And] | type[Or]) -> Query:
        parts = [part()]
        while self._take(word):
            parts.append(part())
        flat = [inner for each in parts for inner in (each.parts if isinstance(each, kind) else (each,))]
        return kind(tuple(flat)) if len(flat) > 1 else flat[0]

    def _not(self) -> Query:
        at = self._here().at
        if not self._take("NOT"):
            return self._near()
        self._deeper(at)
        tree = Not(self._not())
        self.depth -= 1
        return tree

    def _near(self) -> Query:
        at = self._here().at
        left = self._atom()
        operator = self._here()
        if operator.kind != "NEAR" or not isinstance(operator.value, tuple):
            if operator.kind in ("atom", "open"):
                raise self._expected(
                    'AND, OR, NEAR/n or the end (put "quotes" around words in a row)', _meant(operator)
                )
            return left
        self.next += 1
        distance, ordered = operator.value
        if distance > MOST_WORDS_BETWEEN:
            what = f"NEAR/{distance} is too far (at most {MOST_WORDS_BETWEEN})"
            raise QueryError(what, self.text, operator.at, next_step="join the two with AND, or write a smaller number")
        right_at = self._here().at
        right = self._atom()
        for side, position in ((left, at), (right, right_at)):
            if not _can_be_near(side):
                raise self._not_near(position)
        if self._here().kind == "NEAR":
            raise self._not_near(self._here().at)
        if self._here().kind in ("atom", "open"):
            raise self._expected("AND, OR or the end")
        return Near(left, right, distance, ordered)

    def _not_near(self, at: int) -> QueryError:
        return QueryError(
            "NEAR stands between words, phrases or (a OR b) groups",
            self.text,
            at,
            next_step="join several with AND: (a NEAR/3 b) AND (b NEAR/3 c)",
        )

    def _atom(self) -> Query:
        here = self._here()
        if here.kind == "atom" and not isinstance(here.value, tuple) and here.value is not None:
            self.next += 1
            return here.value
        if here.kind != "open":
            raise self._expected("a word, a phrase, @lexicon, NOT or (")
        self.next += 1
        self._deeper(here.at)
        tree = self._or()
        if not self._take("close"):
            raise self._expected("AND, OR or )")
        self.depth -= 1
        return tree

    def _deeper(self, at: int) -> None:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise QueryError(f"nested deeper than {_DEEPEST} levels", self.text, at, next_step="split the query")

    def _here(self) -> _Lexeme:
        return self.lexemes[self.next]

    def _take(self, kind: str) -> bool:
        taken = self._here().kind == kind
        self.next += taken
        return taken

    def _expected(self, wanted: str, next_step: str = "correct the query there") -> QueryError:
        return QueryError(f"expected {wanted}", self.text, self._here().at, next_step=next_step)


def _can_be_near(side: Query) -> bool:
    parts = side.parts if isinstance(side, Or) else (side,)
    return all(isinstance(part, Term | LexiconRef) for part in parts)


def _lexemes(text: str) -> list[_Lexeme]:
    lexemes: list[_Lexeme] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _LEXEME.match(text, at)
        visible = _VISIBLE.search(text, at)
        start = visible.start() if visible else at
        if not found:
            raise QueryError(_unreadable(text, start), text, start, next_step="correct the query there")
        lexemes.append(_lexeme(found, text, start))
        at = found.end()
    return [*lexemes, _Lexeme("end", end)]


def _lexeme(found: re.Match[str], text: str, at: int) -> _Lexeme:
    if found["open"] or found["close"]:
        return _Lexeme("open" if found["open"] else "close", at)
    if found["operator"]:
        return _Lexeme(found["operator"], at)
    if found["near"]:
        return _Lexeme("NEAR", at, (int(found["words"][:9]), bool(found["ordered"])))
    if found["lexicon"]:
        return _Lexeme("atom", at, LexiconRef(found["lexicon"], bool(found["all"])))
    mark = "w" if found["word"] else "q"
    term = Term(
        found["word"] or " ".join(found["phrase"].split()),
        quoted=not found["word"],
        fuzzy=_fuzzy(found[f"{mark}fuzzy"], text, at),
        even_negated=bool(found[f"{mark}even"]),
    )
    try:
        token_tests(term)
    except QueryError as error:
        raise QueryError(error.problem, text, at, next_step=error.next_step) from error
    return _Lexeme("atom", at, term)


def _fuzzy(digits: str | None, text: str, at: int) -> int:
    if digits is None:
        return 0
    if digits not in ("", "1", "2"):
        next_step = "allow 1 or 2 letters to differ, or list the misspellings with OR"
        raise QueryError("~ takes 1 or 2", text, at, next_step=next_step)
    return int(digits or "1")


def _meant(word: _Lexeme) -> str:
    """What to do about a word where an operator was expected."""
    said = word.value.text.upper() if isinstance(word.value, Term) else ""
    if said in ("AND", "OR", "NOT"):
        return f"operators are written in capitals: {said}"
    if said.startswith("NEAR"):
        return "say how many words may stand between: NEAR/3"
    return "correct the query there"


def _unreadable(text: str, at: int) -> str:
    if text[at] in QUOTES:
        return "this quote is never closed, or something stands directly after its end"
    return "expected a word, a phrase, @lexicon, an operator or a parenthesis"
