"""The keyword query as a tree; `str` writes the one text that parses back to the same tree."""

from collections.abc import Iterator
from dataclasses import dataclass

from feedback.errors import ConfigError


class QueryError(ConfigError):
    """A keyword query that cannot be read or would match nearly everything; `position` is its character, from 0."""

    def __init__(
        self, what: str, query: str, position: int | None = None, *, allowed: str = "", next_step: str = ""
    ) -> None:
        self.query, self.position, self.problem = query, position, what
        if position is not None:
            line = query[max(0, position - 60) : position + 40].replace("\n", " ")
            caret = " " * min(position, 60) + "^ here."
            what = f"{what}, at character {position + 1}:\n    {line}\n    {caret}"
        super().__init__(what, allowed=allowed, next_step=next_step)


@dataclass(frozen=True, slots=True)
class Term:
    """A word or quoted phrase, as written, `*` for wildcards included.

    `fuzzy` is the number of letters that may differ; `even_negated` counts matches inside a negation too.
    """

    text: str
    quoted: bool = False
    fuzzy: int = 0
    even_negated: bool = False

    def __str__(self) -> str:
        shown = f'"{self.text}"' if self.quoted else self.text
        return f"{shown}{f'~{self.fuzzy}' if self.fuzzy else ''}{'!' if self.even_negated else ''}"


@dataclass(frozen=True, slots=True)
class LexiconRef:
    """Any entry of a named lexicon of the policy."""

    name: str
    even_negated: bool = False

    def __str__(self) -> str:
        return f"@{self.name}{'!' if self.even_negated else ''}"


@dataclass(frozen=True, slots=True)
class Near:
    """Both sides with at most `distance` words between them; left before right when `ordered`."""

    left: "Query"
    right: "Query"
    distance: int
    ordered: bool = False

    def __str__(self) -> str:
        left, right = (f"({side})" if isinstance(side, Or) else str(side) for side in (self.left, self.right))
        return f"{left} NEAR/{self.distance}{'f' if self.ordered else ''} {right}"


@dataclass(frozen=True, slots=True)
class And:
    """Every part, anywhere in the comment."""

    parts: tuple["Query", ...]

    def __str__(self) -> str:
        return " AND ".join(f"({part})" if isinstance(part, Or) else str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part."""

    parts: tuple["Query", ...]

    def __str__(self) -> str:
        return " OR ".join(map(str, self.parts))


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not match the comment."""

    part: "Query"

    def __str__(self) -> str:
        return f"NOT ({self.part})" if isinstance(self.part, And | Or) else f"NOT {self.part}"


Query = Term | LexiconRef | Near | And | Or | Not


def lexicons_of(query: Query) -> Iterator[str]:
    """The names of the lexicons that a query asks for."""
    match query:
        case LexiconRef():
            yield query.name
        case Near():
            yield from lexicons_of(query.left)
            yield from lexicons_of(query.right)
        case Not():
            yield from lexicons_of(query.part)
        case And() | Or():
            for part in query.parts:
                yield from lexicons_of(part)
