"""Whether a compiled query holds, given where its patterns were found; intervals are token positions [start, end)."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from triggers.keywords.program import AnyPattern, Every, NearBy, Node, Without

Interval = tuple[int, int]


def evaluate(node: Node, found: Mapping[int, Sequence[Interval]]) -> list[Interval] | None:
    """The intervals that make the node true (none for a negation that holds), or None where it is false."""
    match node:
        case AnyPattern(patterns):
            return [interval for pattern in patterns for interval in found.get(pattern, ())] or None
        case NearBy():
            return _near(node, found)
        case Without(part):
            return [] if evaluate(part, found) is None else None
    answers = [evaluate(part, found) for part in node.parts]
    held = [answer for answer in answers if answer is not None]
    if len(held) < (len(answers) if isinstance(node, Every) else 1):
        return None
    return [interval for answer in held for interval in answer]


def _near(node: NearBy, found: Mapping[int, Sequence[Interval]]) -> list[Interval] | None:
    left, right = evaluate(node.left, found), evaluate(node.right, found)
    if left is None or right is None:
        return None
    pairs = _followed(left, right, node.distance)
    if not node.ordered:
        pairs += _followed(right, left, node.distance)
    return [interval for pair in pairs for interval in pair] or None


def _followed(first: list[Interval], second: list[Interval], distance: int) -> list[tuple[Interval, Interval]]:
    """Each of `first` with the nearest of `second` that starts after its end, at most `distance` tokens later."""
    second = sorted(second)
    starts = [start for start, _ in second]
    pairs = []
    for interval in first:
        at = bisect_left(starts, interval[1])
        if at < len(starts) and starts[at] - interval[1] <= distance:
            pairs.append((interval, second[at]))
    return pairs
