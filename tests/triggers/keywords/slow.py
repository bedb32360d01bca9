"""The obvious matcher: every term at every position, every pair for NEAR. Nothing of the engine is used."""

from functools import cache

from triggers.keywords.query import And, LexiconRef, Near, Not, Or, Query, Term

CUES = {"not": 4, "never": 4, "no": 2, "without": 3}
TURNS = {"and", "but"}


def holds(query: Query, words: list[str], marks: list[str]) -> bool:
    """`marks[i]` stands between word i and word i + 1."""
    match query:
        case Term():
            return bool(places(query, words, marks))
        case And(parts):
            return all(holds(part, words, marks) for part in parts)
        case Or(parts):
            return any(holds(part, words, marks) for part in parts)
        case Not(part):
            return not holds(part, words, marks)
        case Near(left, right, distance, ordered):
            return any(
                (0 <= b[0] - a[1] <= distance) or (not ordered and 0 <= a[0] - b[1] <= distance)
                for a in places(left, words, marks)
                for b in places(right, words, marks)
            )
        case LexiconRef():
            raise NotImplementedError
    raise AssertionError(query)


def places(query: Query, words: list[str], marks: list[str]) -> list[tuple[int, int]]:
    if isinstance(query, Or):
        return [place for part in query.parts for place in places(part, words, marks)]
    assert isinstance(query, Term)
    wanted = query.text.split()
    found = []
    for start in range(len(words) - len(wanted) + 1):
        here = words[start : start + len(wanted)]
        if all(passes(w, p, query.fuzzy) for w, p in zip(here, wanted, strict=True)):
            if query.even_negated or not denied(words, marks, start):
                found.append((start, start + len(wanted)))
    return found


def passes(word: str, pattern: str, fuzzy: int) -> bool:
    core = pattern.strip("*")
    if fuzzy:
        return edits(word, core) <= fuzzy
    if pattern.startswith("*") and pattern.endswith("*"):
        return core in word
    if pattern.startswith("*"):
        return word.endswith(core)
    return word.startswith(core) if pattern.endswith("*") else word == core


@cache
def edits(a: str, b: str) -> int:
    """Optimal string alignment distance by its recursive definition."""
    if not a or not b:
        return len(a) + len(b)
    options = [edits(a[:-1], b) + 1, edits(a, b[:-1]) + 1, edits(a[:-1], b[:-1]) + (a[-1] != b[-1])]
    if len(a) > 1 and len(b) > 1 and a[-1] == b[-2] and a[-2] == b[-1]:
        options.append(edits(a[:-2], b[:-2]) + 1)
    return min(options)


def denied(words: list[str], marks: list[str], start: int) -> bool:
    for at in range(start - 1, -1, -1):
        between = "".join(marks[at:start])
        if words[at] in TURNS:
            return False
        excepted = words[at + 1 : at + 2] in (["only"], ["just"]) or words[at + 1 : at + 3] == ["to", "mention"]
        if words[at] in CUES and start - at <= CUES[words[at]] and not excepted:
            return not any(mark in between for mark in [*".,!?;:\n", " - "])
    return False
