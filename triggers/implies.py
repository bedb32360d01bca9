"""Whether one condition's truth makes another's certain, told by their form: enough to find rules that never decide."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from triggers.conditions import (
    AllOf,
    AnyOf,
    AttributeRule,
    BandRule,
    Comparison,
    Condition,
    FrustrationRule,
    NoneOf,
    RepeatRule,
    ScoreRule,
    SentimentRule,
    ThemeRule,
    TrendRule,
)


def implies(narrow: Condition, wide: Condition) -> bool:
    """True only if `wide` fires wherever `narrow` does; False also means that the form does not tell."""
    if narrow == wide or _leaf_implies(narrow, wide):
        return True
    if isinstance(narrow, AnyOf):
        return all(implies(part, wide) for part in narrow.parts)
    if isinstance(wide, AllOf):
        return all(implies(narrow, part) for part in wide.parts)
    if isinstance(wide, AnyOf) and any(implies(narrow, part) for part in wide.parts):
        return True
    if isinstance(narrow, AllOf) and any(implies(part, wide) for part in narrow.parts):
        return True
    if isinstance(narrow, NoneOf) and isinstance(wide, NoneOf):
        return all(any(implies(part, barred) for barred in narrow.parts) for part in wide.parts)
    return False


def _leaf_implies(narrow: Condition, wide: Condition) -> bool:
    match narrow, wide:
        case ScoreRule(), ScoreRule() if (narrow.comparison, narrow.missing) == (wide.comparison, wide.missing):
            at_most = narrow.comparison is Comparison.AT_MOST
            return narrow.limit <= wide.limit if at_most else narrow.limit >= wide.limit
        case SentimentRule(), SentimentRule() if narrow.sentiment is wide.sentiment:
            return narrow.at_least >= wide.at_least and wide.question in (None, narrow.question)
        case FrustrationRule(), FrustrationRule():
            return narrow.at_least >= wide.at_least and wide.question in (None, narrow.question)
        case AttributeRule(), AttributeRule() if (narrow.name, narrow.missing) == (wide.name, wide.missing):
            return set(map(str.casefold, narrow.values)) <= set(map(str.casefold, wide.values))
        case RepeatRule(), RepeatRule() if narrow.same_theme or not wide.same_theme:
            return narrow.within <= wide.within and narrow.times >= wide.times
        case TrendRule(), TrendRule() if replace(narrow, worse_by=wide.worse_by) == wide:
            return narrow.worse_by >= wide.worse_by
        case ThemeRule(), ThemeRule():
            return narrow.theme.startswith(f"{wide.theme}.")
    return False


def never(condition: Condition) -> bool:
    """True only if a condition fires for no response; False also means that the form does not tell."""
    if isinstance(condition, AnyOf):
        return all(map(never, condition.parts))
    if not isinstance(condition, AllOf):
        return False
    asked = list(_asked(condition))
    barred = [part for one in asked if isinstance(one, NoneOf) for part in one.parts]
    return (
        any(map(never, asked))
        or any(implies(condition, part) for part in barred)
        or any(_apart(one, other) for one, other in combinations(asked, 2))
    )


def _asked(condition: Condition) -> Iterator[Condition]:
    """What has to hold together: the parts of `all`, and of an `all` within it."""
    for part in condition.parts if isinstance(condition, AllOf) else (condition,):
        yield from _asked(part) if isinstance(part, AllOf) else (part,)


def _apart(one: Condition, other: Condition) -> bool:
    """Whether no response has both, told by their form."""
    match one, other:
        case ScoreRule(), ScoreRule():
            (low, high) = (one, other) if one.comparison is Comparison.AT_LEAST else (other, one)
            return low.comparison is not high.comparison and low.limit > high.limit
        case BandRule(), BandRule():
            return one.band is not other.band
        case AttributeRule(), AttributeRule() if one.name == other.name:
            return not set(map(str.casefold, one.values)) & set(map(str.casefold, other.values))
    return False
