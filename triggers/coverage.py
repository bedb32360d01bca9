"""Where a policy has gaps and where its rules overlap: every score of a survey, with each way a comment can sound.

The engine itself decides made-up responses whose comment holds no word and which have no attribute. So what is shown
is exact for score and sentiment; words, themes and attributes can only add to it, or take away what `none` excludes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import combinations, groupby

import numpy as np

from feedback.response import CommentColumn, Respondent, ResponseBatch, ResponseStatus
from feedback.scale import Band, Scale
from feedback.survey import SurveyDefinition
from models.sentiment import CLASSES, Sentiment, SentimentScores, UnknownReason
from triggers.compiled import CompiledPolicy
from triggers.decide import decide
from triggers.outcome import Outcome
from triggers.signals import Signals
from triggers.verdicts import Verdict, verdicts_of

WORDLESS = "-"
SURE = 0.98
MOST_SCORES = 21


class Said(StrEnum):
    """How a comment can sound to the policy; `UNREAD`: written, but no sentiment is known."""

    NOTHING = "no comment"
    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class Cell:
    """One made-up response and its verdict; `score` None: none was given."""

    score: float | None
    said: Said
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Gap:
    """Scores of the detractor band that fire nothing when said so; `unknown` where they are held instead."""

    scores: tuple[float, ...]
    said: Said
    unknown: bool


@dataclass(frozen=True, slots=True)
class Coverage:
    """One survey under a policy: every cell, the gaps, and how many cells each pair of rules shares."""

    survey: str
    cells: tuple[Cell, ...]
    gaps: tuple[Gap, ...]
    overlaps: Mapping[tuple[str, str], int]
    unreached: tuple[str, ...]

    def rows(self) -> list[tuple[tuple[float | None, ...], tuple[Verdict, ...]]]:
        """Verdicts by score, scores that are decided alike side by side in one row."""
        by_score = [
            (score, tuple(cell.verdict for cell in cells))
            for score, cells in groupby(self.cells, key=lambda cell: cell.score)
        ]
        return [
            (tuple(score for score, _ in alike), verdicts)
            for verdicts, alike in ((key, list(group)) for key, group in groupby(by_score, key=lambda row: row[1]))
        ]


def coverage(policy: CompiledPolicy, survey: SurveyDefinition, at: datetime) -> Coverage:
    """What the policy does with each score and sound of this survey; `at` decides which rules are in force."""
    kinds = list(Said) if survey.mapping.comments else [Said.NOTHING]
    scores = [*_scores(survey.scale if survey.mapping.score else None), None]
    grid = [(score, said) for score in scores for said in kinds]
    signals = _signals(survey, grid, at)
    decided = verdicts_of(decide(signals, policy), policy.policy)
    cells = tuple(Cell(score, said, decided[row]) for row, (score, said) in enumerate(grid))
    fired = {rule for cell in cells for rule in cell.verdict.fired}
    mine = [rule.id for rule in policy.policy.rules if not rule.surveys or survey.id in rule.surveys]
    return Coverage(
        survey.id, cells, _gaps(cells, survey.scale, kinds), _overlaps(cells),
        tuple(rule for rule in mine if rule not in fired),
    )  # fmt: skip


def _scores(scale: Scale | None) -> list[float]:
    if scale is None:
        return []
    whole = np.arange(scale.minimum, scale.maximum + 1e-9)
    return (whole if len(whole) <= MOST_SCORES else np.linspace(scale.minimum, scale.maximum, MOST_SCORES)).tolist()


def _gaps(cells: Sequence[Cell], scale: Scale | None, kinds: Sequence[Said]) -> tuple[Gap, ...]:
    if scale is None:
        return ()
    found = []
    for said in kinds:
        for outcome in (Outcome.QUIET, Outcome.UNKNOWN):
            scores = tuple(
                cell.score
                for cell in cells
                if cell.said is said and cell.score is not None and cell.verdict.outcome is outcome
                if scale.band(cell.score) is Band.DETRACTOR
            )
            if scores:
                found.append(Gap(scores, said, outcome is Outcome.UNKNOWN))
    return tuple(found)


def _overlaps(cells: Sequence[Cell]) -> dict[tuple[str, str], int]:
    counted: dict[tuple[str, str], int] = {}
    for cell in cells:
        for pair in combinations(cell.verdict.fired, 2):
            counted[pair] = counted.get(pair, 0) + 1
    return counted


def _signals(survey: SurveyDefinition, grid: Sequence[tuple[float | None, Said]], at: datetime) -> Signals:
    size = len(grid)
    moment = np.full(size, np.datetime64(at.astimezone(UTC).replace(tzinfo=None), "us"))
    texts = ["" if said is Said.NOTHING else WORDLESS for _, said in grid]
    batch = ResponseBatch(
        survey=survey,
        row_number=np.arange(1, size + 1),
        response_id=[str(row) for row in range(size)],
        content_hash=[str(row) for row in range(size)],
        submitted_at=moment,
        started_at=moment,
        recorded_at=moment,
        timezone=["UTC"] * size,
        status=[ResponseStatus.LIVE] * size,
        score=np.array([np.nan if score is None else score for score, _ in grid], np.float64),
        comments=tuple(CommentColumn(each.id, [each.text or ""] * size, texts) for each in survey.mapping.comments),
        respondents=[Respondent()] * size,
        channel=[survey.channel] * size,
        language=[survey.language] * size,
        attributes={},
    )
    return Signals(batch, tuple(_sounds(grid) for _ in batch.comments), [()] * size)


def _sounds(grid: Sequence[tuple[float | None, Said]]) -> SentimentScores:
    probabilities = np.full((len(grid), len(CLASSES)), np.nan, np.float32)
    unknown: list[UnknownReason | None] = []
    for row, (_, said) in enumerate(grid):
        if said in (Said.NOTHING, Said.UNREAD):
            unknown.append(UnknownReason.NO_COMMENT if said is Said.NOTHING else UnknownReason.MODEL_OFF)
        else:
            probabilities[row] = (1 - SURE) / 2
            probabilities[row, CLASSES.index(Sentiment(said.value))] = SURE
            unknown.append(None)
    return SentimentScores("coverage", probabilities, tuple(unknown), probabilities[:, 0].copy())
