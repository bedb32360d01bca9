"""Starts and ends a candidate policy beside the live one, by hand."""

from pathlib import Path
from typing import Any

from feedback.errors import ConfigError, NotFoundError
from ledger.canaries import CanaryRow, SqlCanaryStore
from ledger.journal import record as journal
from ledger.schema.restraint import CanaryState
from nanni.parts import Parts
from nanni.rule_testing import candidate
from triggers.adapters.policy_file import policy_text
from triggers.canary import Bounds


def start(parts: Parts, policy: Path, share: float, bounds: Bounds, by: str) -> CanaryRow:
    """Let a policy file run beside the live policy, deciding for `share` of the customers.

    Raises ConfigError for a policy that does not load, is the live one, or bounds that nothing can keep;
    StaleWriteError while another runs.
    """
    compiled = candidate(parts.workspace, policy)
    if compiled.policy.hash == parts.workspace.policy.policy.hash:
        raise ConfigError("this is the live policy", where=str(policy), next_step="name a file that differs from it")
    if not 0 <= share <= 1 or not 0 <= bounds.least < bounds.most or bounds.after < 1:
        raise ConfigError(
            "a canary needs a share from 0 to 1, bounds with least below most, and at least one response to go by",
            next_step="for example --share 0.1 --least 0.5 --most 1.5 --after 200",
        )
    with parts.ledger.begin() as uow:
        uow.decisions.keep_policy(compiled.policy.hash, policy_text(compiled.policy))
        store, now = SqlCanaryStore(uow.connection), parts.clock()
        number = store.start(compiled.policy.hash, share, bounds, now, by)
        told = {"canary": str(number), "policy": compiled.policy.hash, "share": f"{share:g}"}
        journal(uow.connection, now, by, "canary_started", told)
        return _found(store)


def stop(parts: Parts, by: str, reason: str) -> CanaryRow:
    """End the canary that runs. Raises NotFoundError when none does."""
    with parts.ledger.begin() as uow:
        store, now = SqlCanaryStore(uow.connection), parts.clock()
        running = store.running()
        if running is None:
            raise NotFoundError("no canary runs", next_step="see `nanni rules canary show`")
        store.stop(running.id, CanaryState.ENDED, now, f"{by}: {reason}" if reason else by)
        journal(uow.connection, now, by, "canary_stopped", {"canary": str(running.id), "reason": reason})
        return _found(store)


def latest(parts: Parts, limit: int) -> tuple[CanaryRow | None, list[Any]]:
    """The last canary, and at most so many responses on which it and the live policy differ."""
    with parts.ledger.read() as uow:
        store = SqlCanaryStore(uow.connection)
        row = store.latest()
        return row, store.examples(row.id, limit) if row else []


def _found(store: SqlCanaryStore) -> CanaryRow:
    row = store.latest()
    assert row is not None, "it was written in this transaction"
    return row
