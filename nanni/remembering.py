"""Gives a batch what its customers told us before, and decides anew the rows for which that can matter."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from feedback.response import ResponseBatch
from ledger.identity import customer_number
from nanni.judged import Judged
from triggers.compiled import CompiledPolicy
from triggers.decide import decide, traces
from triggers.decision import Decisions, DecisionTrace
from triggers.history import History, Kept, entries, histories, joined
from triggers.outcome import Outcome
from triggers.ports import DecisionStore
from triggers.signals import ThemeHit

Worded = Callable[[ResponseBatch, Mapping[int, DecisionTrace]], Mapping[int, DecisionTrace]]
"""Traces with the words that moved the model."""

UNBORN = 2**62
"""Where a batch that is not stored yet counts its rows from: behind every number there is."""


def remembering(
    store: DecisionStore,
    policy: CompiledPolicy,
    customers: Sequence[str | None],
    judged: Judged,
    worded: Worded = lambda batch, told: told,
) -> Judged:
    """The batch as the policy judges it with what the store knows of its customers now; itself when no rule asks.

    `worded` adds to the traces what only the model can say. Called inside the transaction that stores the batch, so
    that what it sees is what a replay will see.
    """
    if policy.lookback is None:
        return judged
    signals = judged.signals
    numbers = range(UNBORN, UNBORN + len(signals))
    mine = entries(signals.batch, numbers, [customer_number(name) for name in customers], _themes(signals.themes))
    history = histories(joined(_stored(store, policy, signals.batch, mine), mine), mine, policy.lookback)
    if not history.rows:
        return judged
    rows = sorted(history.rows)
    known = replace(signals, history=history)
    fresh = known.take(rows)
    again = decide(fresh, policy)
    fired = (again.outcome == Outcome.FIRED).nonzero()[0].tolist()
    told = worded(fresh.batch, traces(fresh, fired, policy))
    traced = {row: trace for row, trace in judged.traces.items() if row not in history.rows}
    traced |= {rows[at]: trace for at, trace in told.items()}
    return replace(
        judged,
        signals=known,
        decisions=_spliced(judged.decisions, rows, again),
        traces=dict(sorted(traced.items())),
    )


def recalled(
    store: DecisionStore,
    policy: CompiledPolicy,
    batch: ResponseBatch,
    ids: Sequence[int],
    customers: Sequence[int | None],
    themes: Sequence[tuple[ThemeHit, ...]],
) -> History:
    """What stored responses were decided with: the same, worked out of the store as it is today."""
    if policy.lookback is None:
        return History()
    mine = entries(batch, ids, customers, _themes(themes))
    return histories(_stored(store, policy, batch, mine), mine, policy.lookback)


def _stored(
    store: DecisionStore, policy: CompiledPolicy, batch: ResponseBatch, mine: Sequence[Kept | None]
) -> Sequence[Kept]:
    people = list({one.customer for one in mine if one is not None})
    if not people:
        return []
    low, high = _utc(batch.submitted_at.min()), _utc(batch.submitted_at.max())
    return store.history(people, low - (policy.lookback or timedelta(0)), high)


def _themes(hits: Sequence[tuple[ThemeHit, ...]]) -> list[tuple[str, ...]]:
    return [tuple([hit.theme for hit in row]) if row else () for row in hits]


def _spliced(before: Decisions, rows: Sequence[int], again: Decisions) -> Decisions:
    outcome = before.outcome.copy()
    outcome[rows] = again.outcome
    by_rule = [np.array(column) for column in before.by_rule]
    for column, fresh in zip(by_rule, again.by_rule, strict=True):
        column[rows] = fresh
    winner = list(before.winner)
    for row, winning in zip(rows, again.winner, strict=True):
        winner[row] = winning
    ambiguous = before.ambiguous
    if ambiguous is not None and again.ambiguous is not None:
        ambiguous = ambiguous.copy()
        ambiguous[rows] = again.ambiguous
    return replace(before, outcome=outcome, by_rule=by_rule, winner=winner, ambiguous=ambiguous)


def _utc(moment: np.datetime64) -> datetime:
    value: datetime = moment.astype("datetime64[us]").item()
    return value.replace(tzinfo=UTC)
