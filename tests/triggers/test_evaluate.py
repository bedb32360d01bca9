from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.scale import CES, NPS, Band, Scale
from models.sentiment import Sentiment, UnknownReason
from tests.triggers.builders import batch, policy, scores_of, signals, survey
from triggers.compiled import compile_policy
from triggers.conditions import (
    Absent,
    AllOf,
    AnyOf,
    AttributeRule,
    BandRule,
    Comparison,
    Condition,
    FrustrationRule,
    KeywordRule,
    MissingPolicy,
    MissingRule,
    NoneOf,
    ScoreRule,
    SentimentRule,
    ThemeRule,
)
from triggers.evaluate import Evaluation
from triggers.outcome import Outcome
from triggers.signals import Signals, ThemeHit

FIRED, QUIET, UNKNOWN = Outcome.FIRED, Outcome.QUIET, Outcome.UNKNOWN
FFT = Scale("fft", 1, 5, detractor=4, promoter=2, higher_is_better=False)


def outcomes(condition: Condition, given: Signals) -> list[Outcome]:
    return [Outcome(int(value)) for value in Evaluation(given, compile_policy(policy(condition))).condition(condition)]


NAMES = ("a", "b", "c", "d")
TOLD = {"yes": FIRED, "no": QUIET, None: UNKNOWN}
atoms = st.sampled_from([AttributeRule(name, ("yes",), MissingPolicy.UNKNOWN) for name in NAMES])
conditions = st.recursive(
    atoms,
    lambda parts: st.builds(
        lambda kind, several: kind(tuple(several)),
        st.sampled_from([AllOf, AnyOf, NoneOf]),
        st.lists(parts, min_size=1, max_size=3),
    ),
    max_leaves=8,
)


def truth(condition: Condition, world: dict[str, bool]) -> bool:
    match condition:
        case AttributeRule(name):
            return world[name]
        case AllOf(parts):
            return all(truth(part, world) for part in parts)
        case AnyOf(parts):
            return any(truth(part, world) for part in parts)
        case NoneOf(parts):
            return not any(truth(part, world) for part in parts)
    raise AssertionError(condition)


def repeats(condition: Condition) -> bool:
    """Whether an atom occurs twice: then Kleene logic may stay unknown where every completion agrees (a or not a)."""
    names = list(atoms_of(condition))
    return len(names) != len(set(names))


def atoms_of(condition: Condition) -> list[str]:
    if isinstance(condition, AttributeRule):
        return [condition.name]
    assert isinstance(condition, AllOf | AnyOf | NoneOf)
    return [name for part in condition.parts for name in atoms_of(part)]


@settings(max_examples=200, deadline=None)
@given(conditions, st.lists(st.tuples(*[st.sampled_from(["yes", "no", None])] * 4), min_size=1, max_size=5))
def test_agrees_with_every_completion_of_the_unknowns(condition: Condition, rows: list[tuple[str | None, ...]]) -> None:
    columns = {name: [row[at] for row in rows] for at, name in enumerate(NAMES)}
    given = signals(batch([0.0] * len(rows), [""] * len(rows), columns, survey(attributes=NAMES)))
    for row, outcome in zip(rows, outcomes(condition, given), strict=True):
        choices = [(True, False) if value is None else (value == "yes",) for value in row]
        answers = {truth(condition, dict(zip(NAMES, world, strict=True))) for world in product(*choices)}
        if outcome is UNKNOWN:
            assert len(answers) == 2 or repeats(condition)
        else:
            assert answers == {outcome is FIRED}


def test_score_unknown_without_one() -> None:
    given = signals(batch([2, 3, 4, None], [""] * 4))
    assert outcomes(ScoreRule(Comparison.AT_MOST, 3), given) == [FIRED, FIRED, QUIET, UNKNOWN]
    assert outcomes(ScoreRule(Comparison.AT_LEAST, 3), given) == [QUIET, FIRED, FIRED, UNKNOWN]
    assert outcomes(ScoreRule(Comparison.AT_MOST, 3, MissingPolicy.QUIET), given)[3] is QUIET


@pytest.mark.parametrize("scale", [NPS, CES, FFT])
def test_bands_agree_with_the_scale(scale: Scale) -> None:
    scores = [scale.minimum + step / 2 for step in range(int(2 * (scale.maximum - scale.minimum)) + 1)]
    given = signals(batch([*scores, None], [""] * (len(scores) + 1), definition=survey(scale=scale)))
    for band in Band:
        expected = [FIRED if scale.band(score) is band else QUIET for score in scores]
        assert outcomes(BandRule(band), given) == [*expected, UNKNOWN]


def test_band_of_a_survey_without_scale_is_unknown() -> None:
    given = signals(batch([None], [""], definition=survey(scale=None)))
    assert outcomes(BandRule(Band.DETRACTOR), given) == [UNKNOWN]
    assert outcomes(BandRule(Band.DETRACTOR, MissingPolicy.QUIET), given) == [QUIET]


def test_keywords_look_at_every_comment_or_one_question() -> None:
    given = signals(batch(texts={"why": ["late", "", "fine"], "more": ["", "Late!", ""]}))
    assert outcomes(KeywordRule("late"), given) == [FIRED, FIRED, QUIET]
    assert outcomes(KeywordRule("late", "more"), given) == [QUIET, FIRED, QUIET]
    assert outcomes(KeywordRule("late", "absent"), given) == [QUIET, QUIET, QUIET]


def test_sentiment_unknown_only_where_a_comment_could_not_be_scored() -> None:
    nothing = UnknownReason.NO_COMMENT
    given = signals(
        batch(texts={"why": ["a", "b", "", "d", ""], "more": ["", "x", "", "y", "z"]}),
        [
            [0.7, UnknownReason.OTHER_LANGUAGE, nothing, UnknownReason.MODEL_FAULT, nothing],
            [nothing, 0.9, nothing, 0.1, 0.1],
        ],
    )  # fmt: skip
    rule = SentimentRule(Sentiment.NEGATIVE, 0.7)
    assert outcomes(rule, given) == [FIRED, FIRED, QUIET, UNKNOWN, QUIET]
    assert outcomes(SentimentRule(Sentiment.NEGATIVE, 0.7, "why"), given) == [FIRED, UNKNOWN, QUIET, UNKNOWN, QUIET]
    assert outcomes(SentimentRule(Sentiment.NEUTRAL, 0.85), given) == [QUIET, UNKNOWN, QUIET, FIRED, FIRED]


def test_attributes_fields_and_absence() -> None:
    given = signals(batch([1, 2, 3], ["", "", ""], {"tier": ["Gold", None, "silver"]}))
    rule = AttributeRule("tier", ("gold", "platinum"))
    assert outcomes(rule, given) == [FIRED, QUIET, QUIET]
    assert outcomes(AttributeRule("tier", ("gold",), MissingPolicy.UNKNOWN), given) == [FIRED, UNKNOWN, QUIET]
    assert outcomes(AttributeRule("channel", ("EMAIL",)), given) == [FIRED] * 3
    assert outcomes(AttributeRule("status", ("live",)), given) == [FIRED] * 3
    assert outcomes(AttributeRule("shoe", ("43",)), given) == [QUIET] * 3


def test_a_theme_fires_for_itself_and_those_below() -> None:
    hits = [(ThemeHit("delivery.late", "why", 0, 4),), (ThemeHit("deliveryman", "why", 0, 4),), ()]
    given = signals(batch(texts=["late", "x", ""]), themes=hits)
    assert outcomes(ThemeRule("delivery"), given) == [FIRED, QUIET, QUIET]
    assert outcomes(ThemeRule("delivery.late"), given) == [FIRED, QUIET, QUIET]


def test_an_empty_batch() -> None:
    given = signals(batch([], []))
    rule = AllOf((BandRule(Band.DETRACTOR), AnyOf((KeywordRule("late"), SentimentRule(Sentiment.NEGATIVE, 0.5)))))
    assert outcomes(rule, given) == []
    assert np.array_equal(Evaluation(given, compile_policy(policy(rule))).condition(rule), [])


def test_frustration_is_unknown_where_a_comment_has_no_estimate() -> None:
    texts = ["Again!", "Again!", "Hm", "", "Wieder!"]
    heard: list[float | UnknownReason] = [0.9, 0.9, 0.9, UnknownReason.NO_COMMENT, UnknownReason.OTHER_LANGUAGE]
    said = batch([5] * 5, texts)
    known = Signals(said, (scores_of(heard, [0.7, 0.2, None, None, None]),), [()] * 5)
    assert outcomes(FrustrationRule(0.7), known) == [FIRED, QUIET, UNKNOWN, QUIET, UNKNOWN]
    silent = Signals(said, (scores_of(heard),), [()] * 5)
    assert outcomes(FrustrationRule(0.7), silent) == [UNKNOWN, UNKNOWN, UNKNOWN, QUIET, UNKNOWN]
    assert outcomes(FrustrationRule(0.7, "other"), known) == [QUIET] * 5


def test_what_is_missing_is_always_known() -> None:
    known = signals(batch([None, 3], {"why": ["", "x"], "more": ["y", ""]}, {"tier": [None, "gold"]}))
    assert outcomes(MissingRule(Absent.SCORE), known) == [FIRED, QUIET]
    assert outcomes(MissingRule(Absent.COMMENT), known) == [QUIET, QUIET]
    assert outcomes(MissingRule(Absent.COMMENT, "why"), known) == [FIRED, QUIET]
    assert outcomes(MissingRule(Absent.ATTRIBUTE, "tier"), known) == [FIRED, QUIET]
    assert outcomes(MissingRule(Absent.ATTRIBUTE, "region"), known) == [FIRED, FIRED]
