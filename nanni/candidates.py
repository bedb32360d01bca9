"""Fired rows as opening tickets wants them: what the decision says, without what only the store knows."""

from collections.abc import Iterator, Sequence
from math import isnan

from feedback.response import ResponseBatch
from feedback.revision import RowState
from nanni.judged import Judged
from tickets.landing import Candidate, headline
from tickets.ticket import Priority
from triggers.explain import sentence
from triggers.policy import Policy
from triggers.signals import Signals
from triggers.themes import main_theme


def candidates_of(judged: Judged, states: Sequence[RowState], policy: Policy) -> Iterator[Candidate]:
    """The fired rows of a batch that no later row replaces."""
    severities = [rule.severity for rule in policy.rules]
    signals, decisions = judged.signals, judged.decisions
    for i, told in judged.traces.items():
        if states[i].superseded:
            continue
        winner = decisions.winner[i]
        response = signals.batch.response(i)
        fields = policy.ticket_fields(decisions.fired_rules(i))
        yield Candidate(
            position=i,
            response_id=response.key.response_id,
            customer_id=None,
            survey=response.key.survey,
            submitted_at=response.submitted_at,
            severity=severities[winner],
            rule=decisions.rule_ids[winner],
            status=response.status,
            theme=fields.theme or main_theme(signals.themes[i]),
            language=response.language,
            channel=response.channel,
            attributes=response.attributes,
            subject=headline(response.score, response.scale, _place(signals.batch, i)),
            why=sentence(told, response),
            policy_hash=decisions.policy_hash,
            priority=Priority(fields.priority) if fields.priority else None,
            team=fields.team,
            negative=_negative(signals, i),
            reachable=bool(signals.batch.respondents[i].email),
        )


def _place(batch: ResponseBatch, i: int) -> str | None:
    """Where it happened, for a subject line: the first attribute that says so."""
    for name in ("store", "location", "branch", "site", "region"):
        if name in batch.attributes and (value := batch.attributes[name][i]):
            return value
    return None


def _negative(signals: Signals, i: int) -> float | None:
    """How probably the most negative comment of a row is negative; None where no comment was read."""
    found = [float(scores.probabilities[i][0]) for scores in signals.sentiment]
    return max((value for value in found if not isnan(value)), default=None)
