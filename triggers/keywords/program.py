"""Queries compiled together: equal token tests and equal patterns exist once, whoever uses them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from triggers.keywords.parser import lexicon_entry, parse
from triggers.keywords.patterns import TokenTestIndex, token_tests
from triggers.keywords.query import And, LexiconRef, Near, Not, Or, Query, QueryError, Term

Lexicons = Mapping[str, Sequence[str]]
"""Entries by lexicon name."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Tests that consecutive tokens must pass; `even_negated` counts it inside a negation too."""

    tests: tuple[int, ...]
    even_negated: bool


@dataclass(frozen=True, slots=True)
class AnyPattern:
    """Any of these patterns, by number."""

    patterns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NearBy:
    """Both sides with at most `distance` tokens between them."""

    left: AnyPattern
    right: AnyPattern
    distance: int
    ordered: bool


@dataclass(frozen=True, slots=True)
class Every:
    """Every part."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one part."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Without:
    """The part does not match."""

    part: "Node"


Node = AnyPattern | NearBy | Every | Some | Without


@dataclass(slots=True)
class Program:
    """What the engine runs.

    `users[pattern]` are the queries that may be true where it is found: each is true only where one of some patterns
    is. `plain` are those that any one of their patterns makes true, `anchored[test]` the (pattern, offset) pairs to try
    where the test passed; a text in which no test of `required` passes matches no query.
    """

    tests: TokenTestIndex = field(default_factory=TokenTestIndex)
    patterns: list[Pattern] = field(default_factory=list)
    roots: list[Node] = field(default_factory=list)
    users: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    plain: set[int] = field(default_factory=set)
    anchored: dict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    required: set[int] = field(default_factory=set)
    _known: dict[Pattern, int] = field(default_factory=dict)

    def add(self, query: Query, lexicons: Mapping[str, Sequence[Term]], text: str) -> None:
        """Compile one more query. Raises QueryError for an unknown lexicon."""
        root = self._node(query, lexicons, text)
        needed = required_patterns(root) or ()
        for pattern in set(needed):
            self.users[pattern].append(len(self.roots))
        if isinstance(root, AnyPattern):
            self.plain.add(len(self.roots))
        self.roots.append(root)
        self.required.update(map(self._anchor, needed))

    def _anchor(self, pattern: int) -> int:
        tests = self.patterns[pattern].tests
        return next(test for test in tests if any(number == pattern for number, _ in self.anchored[test]))

    def _node(self, query: Query, lexicons: Mapping[str, Sequence[Term]], text: str) -> Node:
        match query:
            case Term():
                return AnyPattern((self._pattern(query, query.even_negated),))
            case LexiconRef():
                return self._lexicon(query, lexicons, text)
            case Near():
                left, right = (self._side(side, lexicons, text) for side in (query.left, query.right))
                return NearBy(left, right, query.distance, query.ordered)
            case Not():
                return Without(self._node(query.part, lexicons, text))
        parts = tuple(self._node(part, lexicons, text) for part in query.parts)
        return Every(parts) if isinstance(query, And) else _some(parts)

    def _side(self, side: Query, lexicons: Mapping[str, Sequence[Term]], text: str) -> AnyPattern:
        nodes = [self._node(part, lexicons, text) for part in (side.parts if isinstance(side, Or) else (side,))]
        return AnyPattern(tuple(pattern for node in nodes for pattern in patterns_of(node)))

    def _lexicon(self, ref: LexiconRef, lexicons: Mapping[str, Sequence[Term]], text: str) -> AnyPattern:
        if ref.name not in lexicons:
            raise QueryError(
                f"no lexicon is named {ref.name!r}",
                text,
                max(text.find(f"@{ref.name}"), 0),
                allowed=", ".join(f"@{name}" for name in sorted(lexicons)),
                next_step="correct the name, or add the lexicon under `lexicons:`",
            )
        entries = lexicons[ref.name]
        return AnyPattern(tuple(self._pattern(entry, entry.even_negated or ref.even_negated) for entry in entries))

    def _pattern(self, term: Term, even_negated: bool) -> int:
        tests = token_tests(term)
        pattern = Pattern(tuple(map(self.tests.add, tests)), even_negated)
        if pattern in self._known:
            return self._known[pattern]
        number = self._known[pattern] = len(self.patterns)
        self.patterns.append(pattern)
        anchor = max(range(len(tests)), key=lambda i: len(tests[i].text))  # the longest word is the rarest, roughly
        self.anchored[pattern.tests[anchor]].append((number, anchor))
        return number


def _some(parts: tuple[Node, ...]) -> Node:
    """At least one part; patterns side by side are looked up as one node."""
    patterns = tuple(pattern for part in parts if isinstance(part, AnyPattern) for pattern in part.patterns)
    others = tuple(part for part in parts if not isinstance(part, AnyPattern))
    together = (AnyPattern(patterns),) if patterns else ()
    return Some((*together, *others)) if others else AnyPattern(patterns)


def patterns_of(node: Node) -> tuple[int, ...]:
    """Every pattern a node looks at, in order."""
    match node:
        case AnyPattern(patterns):
            return patterns
        case NearBy(left, right):
            return left.patterns + right.patterns
        case Without(part):
            return patterns_of(part)
    return tuple(pattern for part in node.parts for pattern in patterns_of(part))


def required_patterns(node: Node, *, truth: bool = True) -> tuple[int, ...] | None:
    """Patterns of which at least one is found wherever the node is `truth`; None when it can be so without any."""
    match node:
        case AnyPattern(patterns):
            return patterns if truth else None
        case NearBy(left, right):
            return min(left.patterns, right.patterns, key=len) if truth else None
        case Without(part):
            return required_patterns(part, truth=not truth)
    options = [required_patterns(part, truth=truth) for part in node.parts]
    known = [option for option in options if option is not None]
    if isinstance(node, Every) is truth:
        return min(known, key=len, default=None)
    return tuple(pattern for option in known for pattern in option) if len(known) == len(options) else None


def compile_queries(queries: Sequence[str], lexicons: Lexicons) -> Program:
    """Parse and compile. Raises QueryError."""
    program = Program()
    entries = {name: tuple(map(lexicon_entry, words)) for name, words in lexicons.items()}
    for text in queries:
        program.add(parse(text), entries, text)
    return program
