"""Why a response did or did not become a ticket, for every response there is (invariant 3)."""

import re
from dataclasses import dataclass

from feedback.batching import batch_of
from feedback.ports import StoredResponse
from feedback.survey import SurveyDefinition
from ledger.identity import customer_number
from nanni.parts import Parts
from nanni.remembering import recalled
from tickets.ports import UnitOfWork
from triggers.adapters.policy_file import parse_policy_text
from triggers.decide import compile_policy, trace
from triggers.decision import DecisionTrace
from triggers.signals import Signals

TICKET_KEY = re.compile(r"N-\d+")


@dataclass(frozen=True, slots=True)
class Explanation:
    """One response, what became of it, and the full account of its decision under the policy it met."""

    stored: StoredResponse
    trace: DecisionTrace
    recomputed: bool


def explain(parts: Parts, name: str, survey: str | None) -> list[Explanation]:
    """Explanations of a response (by its id) or of every response of a ticket (by its key). Raises NotFoundError."""
    with parts.ledger.read() as uow:
        if TICKET_KEY.fullmatch(name):
            found = list(uow.tickets.responses(name))
        else:
            found = [uow.responses.find(name, survey)]
        return [_explanation(parts, uow, stored) for stored in found]


def _explanation(parts: Parts, uow: UnitOfWork, stored: StoredResponse) -> Explanation:
    kept = uow.decisions.get(stored.id)
    if kept.trace is not None:
        return Explanation(stored, kept.trace, recomputed=False)
    return Explanation(stored, _recomputed(parts, uow, stored, kept.policy_hash), recomputed=True)


def _recomputed(parts: Parts, uow: UnitOfWork, stored: StoredResponse, policy_hash: str) -> DecisionTrace:
    """The same pure function on the stored signals, under the policy that was in force then."""
    policy = compile_policy(parse_policy_text(uow.decisions.policy(policy_hash)))
    survey: SurveyDefinition = parts.workspace.survey(stored.response.key.survey)
    batch = batch_of(survey, [stored.response])
    questions = [column.question_id for column in batch.comments]
    themes = uow.decisions.themes([stored.id])
    customer = customer_number(stored.customer_id)
    past = recalled(uow.decisions, policy, batch, [stored.id], [customer], themes)
    signals = Signals(batch, uow.decisions.sentiment([stored.id], questions), themes, past)
    return trace(signals, 0, policy)
