"""Runs a candidate policy beside the live one: started by a person, stopped by one or by its own bounds."""

from collections.abc import Sequence
from functools import lru_cache

from ledger.canaries import SqlCanaryStore
from ledger.journal import record as journal
from ledger.schema.restraint import CanaryState
from ledger.store import SqlUnitOfWork
from nanni.judged import Shadow
from nanni.parts import Parts
from triggers.adapters.policy_file import parse_policy_text
from triggers.canary import Canary, overstepped
from triggers.compiled import CompiledPolicy, compile_policy


def running(parts: Parts) -> Canary | None:
    """The canary that runs, ready to decide."""
    with parts.ledger.read() as uow:
        row = SqlCanaryStore(uow.connection).running()
        if row is None:
            return None
        return Canary(row.id, _compiled(uow.decisions.policy(row.policy)), row.share)


@lru_cache(maxsize=2)
def _compiled(text: str) -> CompiledPolicy:
    return compile_policy(parse_policy_text(text))


def still_runs(uow: SqlUnitOfWork, canary: int) -> bool:
    """Whether this is (still) the canary that runs."""
    row = SqlCanaryStore(uow.connection).running()
    return row is not None and row.id == canary


def note(uow: SqlUnitOfWork, parts: Parts, shadow: Shadow, ids: Sequence[int]) -> None:
    """Record what a batch was told by both policies, and stop the candidate when it has left its bounds."""
    store, now = SqlCanaryStore(uow.connection), parts.clock()
    seen = store.record(shadow.canary, shadow.volume, shadow.decided, shadow.differences, ids)
    row = store.running()
    reason = overstepped(row.bounds, seen) if row is not None and row.id == shadow.canary else ""
    if reason:
        store.stop(shadow.canary, CanaryState.STOPPED, now, reason)
        journal(uow.connection, now, "nanni", "canary_stopped", {"canary": str(shadow.canary), "reason": reason})
