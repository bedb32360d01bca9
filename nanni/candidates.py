"""Fired responses as opening tickets wants them: what the decision says, without what only the store knows."""

from collections.abc import Iterable, Iterator, Sequence
from math import isnan

from feedback.response import SurveyResponse
from feedback.revision import RowState
from models.sentiment import SentimentScores
from nanni.judged import Judged
from nanni.ticket_texts import said
from tickets.landing import Candidate, headline
from tickets.ticket import Priority
from triggers.explain import sentence
from triggers.policy import Policy
from triggers.signals import ThemeHit
from triggers.themes import main_theme

PLACES = ("store", "location", "branch", "site", "region")
"""Attributes that say where it happened, for a subject line: the first that is there."""


def candidates_of(judged: Judged, states: Sequence[RowState], policy: Policy) -> Iterator[Candidate]:
    """The fired rows of a batch that no later row replaces."""
    signals, fired = judged.signals, dict(judged.decisions.fired())
    for i, told in judged.traces.items():
        if not states[i].superseded:
            response = signals.batch.response(i)
            yield candidate_of(
                i,
                response,
                policy,
                fired[i],
                sentence(told, response),
                signals.themes[i],
                most_negative((scores, i) for scores in signals.sentiment),
            )


def candidate_of(
    position: int,
    response: SurveyResponse,
    policy: Policy,
    fired: Sequence[str],
    why: str,
    hits: Sequence[ThemeHit],
    negative: float | None,
    customer_id: str | None = None,
) -> Candidate:
    """One response on which these rules of the policy fired (the deciding one first), and the sentence that says why.

    `negative` is how probably its most negative comment is negative; None where no comment was read.
    """
    deciding = policy.deciding(fired)
    assert deciding is not None, "a policy's text is kept with the decisions made under it"
    fields = policy.ticket_fields(fired)
    return Candidate(
        position=position,
        response_id=response.key.response_id,
        customer_id=customer_id,
        survey=response.key.survey,
        submitted_at=response.submitted_at,
        severity=deciding.severity,
        rule=deciding.id,
        status=response.status,
        theme=fields.theme or main_theme(hits),
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
        said=said(response),
    )


def most_negative(comments: Iterable[tuple[SentimentScores, int]]) -> float | None:
    """How probably the most negative of these comments (scores, row) is negative; None where none was read."""
    found = [float(scores.probabilities[row][0]) for scores, row in comments]
    return max((value for value in found if not isnan(value)), default=None)


def _place(response: SurveyResponse) -> str | None:
    known = dict(response.attributes)
    return next((known[name] for name in PLACES if known.get(name)), None)
