"""Acts on stored responses that were kept from it until now: their wait is over, or a person has decided."""

from collections.abc import Sequence

from feedback.disposition import Disposition
from feedback.ports import StoredResponse
from ledger.relanding import reland
from ledger.schema.restraint import WaitState
from ledger.store import SqlUnitOfWork
from ledger.waits import SqlWaitStore
from nanni.candidates import candidate_of, most_negative
from nanni.carrying_out import carry_out
from nanni.parts import Parts
from nanni.settling import replaced
from tickets.landing import Landed
from triggers.adapters.policy_file import parse_policy_text
from triggers.explain import sentence
from triggers.outcome import Outcome
from triggers.policy import Policy

AT_ONCE = 200


def settle_due(parts: Parts) -> dict[Disposition, int]:
    """Act on every response whose wait for a comment is over; returns what became of them."""
    counts: dict[Disposition, int] = {}
    while True:
        now = parts.clock()
        with parts.ledger.begin() as uow:
            uow.tickets.assigning()
            over = SqlWaitStore(uow.connection).due(now, AT_ONCE)
            for wait in over:
                if wait.replaced_by is not None:
                    replaced(uow, wait.response, "a later revision", now)
                    counts[Disposition.REVISED] = counts.get(Disposition.REVISED, 0) + 1
            alone = [uow.responses.get(wait.response) for wait in over if wait.replaced_by is None]
            SqlWaitStore(uow.connection).close([stored.id for stored in alone], WaitState.ACTED, now)
            for landed in land_late(uow, parts, alone, "no comment followed: "):
                counts[landed.disposition] = counts.get(landed.disposition, 0) + 1
        if len(over) < AT_ONCE:
            return counts


def land_late(
    uow: SqlUnitOfWork, parts: Parts, stored: Sequence[StoredResponse], because: str, by_hand: bool = False
) -> list[Landed]:
    """Open, attach or suppress by the decisions that were made on these responses; what does not fire stays so.

    `because` begins each reason. What a person wants (`by_hand`) no cool-down and no budget holds back.
    """
    policies: dict[str, Policy] = {}
    candidates, found = [], {}
    for position, one in enumerate(stored):
        kept = uow.decisions.get(one.id)
        if kept.trace is not None:
            if kept.policy_hash not in policies:
                policies[kept.policy_hash] = parse_policy_text(uow.decisions.policy(kept.policy_hash))
            policy, why = policies[kept.policy_hash], sentence(kept.trace, one.response)
            hits, negative = uow.decisions.themes([one.id])[0], _negative(uow, one)
            candidates.append(
                candidate_of(position, one.response, policy, kept.fired, why, hits, negative, one.customer_id)
            )
        elif kept.outcome is Outcome.FIRED:
            found[position] = Landed(position, Disposition.SUPPRESSED, "the customer's words were erased meanwhile")
        elif kept.outcome is Outcome.UNKNOWN:
            found[position] = Landed(position, Disposition.HELD, "a rule could not be answered")
        else:
            found[position] = Landed(position, Disposition.QUIET, "no rule fired")
    carried = carry_out(uow, parts, candidates, {}, by_hand=by_hand)
    carried.keep(uow, [one.id for one in stored], {}, parts.clock())
    found |= carried.landed
    for position, one in enumerate(stored):
        landed = found[position]
        reland(uow.connection, one.id, one.disposition, landed.disposition, because + landed.reason, landed.ticket)
    return [found[position] for position in range(len(stored))]


def _negative(uow: SqlUnitOfWork, one: StoredResponse) -> float | None:
    questions = [comment.question_id for comment in one.response.comments]
    return most_negative((column, 0) for column in uow.decisions.sentiment([one.id], questions))
