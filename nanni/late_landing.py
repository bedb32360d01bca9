"""Acts on stored responses that were kept from it until now: their wait is over, or a person has decided."""

from collections.abc import Sequence

from feedback.disposition import Disposition
from feedback.ports import StoredResponse
from feedback.response import SurveyResponse
from ledger.relanding import reland
from ledger.schema.restraint import WaitState
from ledger.store import SqlUnitOfWork
from ledger.waits import SqlWaitStore
from nanni.landing import carry_out
from nanni.parts import Parts
from nanni.settling import replaced
from tickets.landing import Candidate, Landed, headline
from tickets.ticket import Priority
from triggers.adapters.policy_file import parse_policy_text
from triggers.explain import sentence
from triggers.outcome import Outcome
from triggers.policy import Policy
from triggers.themes import main_theme

PLACES = ("store", "location", "branch", "site", "region")
AT_ONCE = 200


def settle_due(parts: Parts) -> dict[Disposition, int]:
    """Act on every response whose wait for a comment is over; returns what became of them."""
    counts: dict[Disposition, int] = {}
    while True:
        now = parts.clock()
        with parts.ledger.begin() as uow:
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
            why = sentence(kept.trace, one.response)
            theme = main_theme(uow.decisions.themes([one.id])[0])
            policy, negative = policies[kept.policy_hash], _negative(uow, one)
            candidates.append(_candidate(position, one, policy, kept.fired, theme, why, negative))
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


def _candidate(
    position: int,
    one: StoredResponse,
    policy: Policy,
    fired: Sequence[str],
    theme: str | None,
    why: str,
    negative: float | None,
) -> Candidate:
    response, deciding = one.response, policy.deciding(fired)
    assert deciding is not None, "a policy's text is kept with the decisions made under it"
    fields = policy.ticket_fields(fired)
    return Candidate(
        position=position,
        response_id=response.key.response_id,
        customer_id=one.customer_id,
        survey=response.key.survey,
        submitted_at=response.submitted_at,
        severity=deciding.severity,
        rule=deciding.id,
        status=response.status,
        theme=fields.theme or theme,
        language=response.language,
        channel=response.channel,
        attributes=response.attributes,
        subject=headline(response.score, response.scale, _place(response)),
        why=why,
        policy_hash=policy.hash,
        priority=Priority(fields.priority) if fields.priority else None,
        team=fields.team,
        negative=negative,
        reachable=bool(response.respondent.email),
    )


def _negative(uow: SqlUnitOfWork, one: StoredResponse) -> float | None:
    """How probably the most negative comment is negative; None where no comment was read."""
    questions = [comment.question_id for comment in one.response.comments]
    found = [float(column.probabilities[0][0]) for column in uow.decisions.sentiment([one.id], questions)]
    return max((value for value in found if value == value), default=None)


def _place(response: SurveyResponse) -> str | None:
    known = dict(response.attributes)
    return next((known[name] for name in PLACES if known.get(name)), None)
