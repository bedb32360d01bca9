from datetime import timedelta

import numpy as np
import pytest

from feedback.errors import NotFoundError
from ledger import SqlLedger
from ledger.identity import customer_number
from models.sentiment import SentimentScores, UnknownReason
from tests.builders import NOON, a_batch, a_run, decisions_for, landings, scores_for, signals_for
from triggers.decision import DecisionTrace, Evidence, RuleTrace, TextSpan
from triggers.outcome import Outcome
from triggers.signals import Signals, ThemeHit

LATE = ThemeHit("delivery.late", "why", 4, 8)
SPAN = Evidence("keywords", Outcome.FIRED, "late \ud83d", "late", spans=(TextSpan("why", 4, 8),))
WHOLE = Evidence("all", Outcome.FIRED, parts=(SPAN, Evidence("score", Outcome.FIRED, "2", "at most 6", 4.0)))
TRACE = DecisionTrace(
    Outcome.FIRED, ("detractor",), (RuleTrace("detractor", Outcome.FIRED, WHOLE),), "policy-1", "test-model@1"
)


def test_decisions_sentiment_and_themes_come_back_exactly(ledger: SqlLedger) -> None:
    batch = a_batch([2.0, 9.0, 5.0], ["So late", "", "fine"])
    with ledger.begin() as uow:
        uow.runs.start(a_run())
        ids = uow.responses.add("run-1", batch, landings(batch))
        signals = signals_for(batch, [(LATE,), (), ()])
        uow.decisions.add(ids, signals, decisions_for(batch, fired=[0]), {0: TRACE})
    with ledger.read() as uow:
        fired, quiet = uow.decisions.get(ids[0]), uow.decisions.get(ids[1])
        (scores,) = uow.decisions.sentiment([ids[2], ids[0], ids[1]], ["why"])
        assert uow.decisions.themes([ids[1], ids[0]]) == [(), (LATE,)]
    assert (fired.outcome, fired.fired, fired.policy_hash, fired.model_id) == (
        Outcome.FIRED, ("detractor",), "policy-1", "test-model@1",
    )  # fmt: skip
    assert fired.trace is not None
    assert fired.trace.rules[0].evidence.parts[0].spans == SPAN.spans
    assert fired.trace.rules[0].evidence.parts[1] == WHOLE.parts[1]
    assert (quiet.outcome, quiet.fired, quiet.trace) == (Outcome.QUIET, (), None)
    given = scores_for(batch)[0]
    np.testing.assert_array_equal(scores.probabilities, given.probabilities[[2, 0, 1]])
    assert scores.unknown == (None, None, UnknownReason.NO_COMMENT)
    assert (scores.model_id, scores.frustration) == ("test-model@1", None)


def test_every_reason_and_frustration_come_back(ledger: SqlLedger) -> None:
    batch = a_batch([1.0] * 5, ["a", "b", "c", "d", ""])
    reasons = (None, *UnknownReason)
    probabilities = np.full((5, 3), np.nan, np.float32)
    probabilities[0] = (0.1, 0.2, 0.7)
    frustration = np.array([0.3, np.nan, np.nan, np.nan, np.nan], np.float32)
    given = SentimentScores("test-model@1", probabilities, reasons, frustration)
    with ledger.begin() as uow:
        uow.runs.start(a_run())
        ids = uow.responses.add("run-1", batch, landings(batch))
        uow.decisions.add(ids, Signals(batch, (given,), [()] * 5), decisions_for(batch), {})
    with ledger.read() as uow:
        scores, never_asked = uow.decisions.sentiment(ids, ["why", "other"])
    assert scores.unknown == reasons
    np.testing.assert_array_equal(scores.probabilities, probabilities)
    assert scores.frustration is not None
    np.testing.assert_array_equal(scores.frustration, frustration)
    assert set(never_asked.unknown) == {UnknownReason.NO_COMMENT}


def test_a_policy_is_kept_once_and_found_by_its_hash(ledger: SqlLedger) -> None:
    with ledger.begin() as uow:
        uow.decisions.keep_policy("policy-1", "rules: []")
        uow.decisions.keep_policy("policy-1", "rules: [never this]")
    with ledger.read() as uow:
        assert uow.decisions.policy("policy-1") == "rules: []"
        with pytest.raises(NotFoundError, match="policy-2"):
            uow.decisions.policy("policy-2")
        with pytest.raises(NotFoundError, match="no decision on response 12"):
            uow.decisions.get(12)


def test_the_history_of_customers_is_every_revision_with_what_replaced_it(ledger: SqlLedger) -> None:
    hour, ann, bob = timedelta(hours=1), "ann@example.org", "bob@example.org"
    first = a_batch([2.0, 9.0], emails=[ann, bob])
    revised = a_batch([1.0], ids=["R1"], emails=[ann], start=NOON + hour)
    third = a_batch([7.0], ids=["R3"], emails=[ann], start=NOON + hour)
    with ledger.begin() as uow:
        uow.runs.start(a_run())
        ids: list[int] = []
        for batch, revision in ((first, 1), (revised, 2), (third, 1)):
            people = uow.responses.customers(batch)
            added = uow.responses.add("run-1", batch, landings(batch, customers=people, revision=revision))
            uow.decisions.add(added, signals_for(batch, [(LATE,)] * len(batch)), decisions_for(batch), {})
            ids += added
        number = customer_number(people[0]) or 0
        kept = uow.decisions.history([number], NOON, NOON + 2 * hour)
        early = uow.decisions.history([number], NOON, NOON + hour / 2)
    told = sorted((one.id, one.key.response_id, one.score, one.replaced) for one in kept)
    assert told == [(ids[0], "R1", 2.0, ids[2]), (ids[2], "R1", 1.0, None), (ids[3], "R3", 7.0, None)]
    assert [(one.id, one.replaced) for one in early] == [(ids[0], ids[2])], "the revision replaces it from outside"
    assert all(one.customer == number and one.counts and one.themes == ("delivery.late",) for one in kept)
