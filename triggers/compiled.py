"""A policy made ready to run: its keyword queries compiled into one engine."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from feedback.errors import ConfigError
from triggers.conditions import AllOf, AnyOf, Condition, KeywordRule, NoneOf, RepeatRule, TrendRule
from triggers.keywords.match import KeywordEngine
from triggers.keywords.query import QueryError
from triggers.policy import Policy


@dataclass(frozen=True, slots=True, eq=False)
class CompiledPolicy:
    """A policy with its keyword engine; `queries[text]` is the query's position in the engine.

    `lookback` is how far back its rules ask what a customer told us; None: they do not.
    """

    policy: Policy
    engine: KeywordEngine
    queries: dict[str, int]
    lookback: timedelta | None = None

    def __reduce__(self) -> tuple[Callable[[Policy], "CompiledPolicy"], tuple[Policy]]:
        return compile_policy, (self.policy,)


def compile_policy(policy: Policy) -> CompiledPolicy:
    """Compile once, decide many times. Raises ConfigError naming the rule whose keyword query cannot be used."""
    lexicons = dict(policy.lexicons)
    for rule in policy.rules:
        for leaf in leaves(rule.when):
            if isinstance(leaf, KeywordRule):
                _check(leaf.query, lexicons, f"rule {rule.id}")
    found = (leaf for rule in policy.rules for leaf in leaves(rule.when) if isinstance(leaf, KeywordRule))
    queries = {query: at for at, query in enumerate(dict.fromkeys(leaf.query for leaf in found))}
    asked = [
        leaf.within for rule in policy.rules for leaf in leaves(rule.when) if isinstance(leaf, RepeatRule | TrendRule)
    ]
    return CompiledPolicy(policy, KeywordEngine(tuple(queries), lexicons), queries, max(asked, default=None))


def leaves(condition: Condition) -> Iterator[Condition]:
    """Every condition without parts, in order."""
    if isinstance(condition, AllOf | AnyOf | NoneOf):
        for part in condition.parts:
            yield from leaves(part)
    else:
        yield condition


def _check(query: str, lexicons: dict[str, tuple[str, ...]], where: str) -> None:
    try:
        KeywordEngine((query,), lexicons)
    except QueryError as error:
        raise ConfigError(error.what, where=where, next_step=error.next_step) from error
