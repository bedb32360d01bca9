"""A year of generated responses with their signals and the live policy's decisions, for `benchmarks.backtest`."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from feedback.disposition import Disposition
from feedback.ports import Landing, Run, RunState
from feedback.response import CommentColumn, Respondent, ResponseBatch, ResponseStatus
from feedback.survey import SurveyDefinition
from models.sentiment import CLASSES, SentimentScores, UnknownReason
from nanni.wiring import wire
from nanni.workspace import Workspace
from triggers.decide import decide, decide_and_tell
from triggers.keywords.index import TextIndex
from triggers.signals import Signals
from triggers.verdicts import Verdicts, verdicts_of

DEMO = Path(__file__).parents[1] / "data" / "demo"
BATCH = 10_000
YEAR = datetime(2025, 10, 1, tzinfo=UTC)
SAID = (
    "the courier was late again", "never arrived", "charged twice for one lamp", "I am going elsewhere", "lovely staff",
    "not late at all", "the glaze is chipped", "on hold for an hour", "still waiting for the refund",
    "a shelf fell on me", "the site logged me out", "good value", "would buy again", "nobody rang back",
    "the driver drove off",
)  # fmt: skip


@dataclass(frozen=True)
class Past:
    """One generated batch: its signals, and what the live policy decided."""

    signals: Signals
    made: Verdicts


class Generator:
    """Responses of a year, batch by batch, from a seed."""

    def __init__(self, workspace: Workspace, total: int) -> None:
        self.workspace, self.total = workspace, total
        self.rng = np.random.default_rng(7)
        self.surveys = list(workspace.surveys.values())
        letters = np.array(list("aeioubcdfghlmnprst"))
        self.words = np.array(["".join(self.rng.choice(letters, self.rng.integers(2, 9))) for _ in range(20_000)])
        weights = 1 / np.arange(1, len(self.words) + 1)
        self.weights = weights / weights.sum()

    def batches(self) -> Iterator[Past]:
        """Batches of `BATCH`, in order of time, the surveys in turn."""
        for number, start in enumerate(range(0, self.total, BATCH)):
            size = min(BATCH, self.total - start)
            batch = self._batch(self.surveys[number % len(self.surveys)], start, size)
            index = TextIndex(batch)
            signals = Signals(batch, self._sentiment(batch), self.workspace.taxonomy.hits(index))
            made = verdicts_of(decide(signals, self.workspace.policy, index), self.workspace.policy.policy)
            yield Past(signals, made)

    def _batch(self, survey: SurveyDefinition, start: int, size: int) -> ResponseBatch:
        rng, scale = self.rng, survey.scale
        assert scale
        seconds = (start + np.arange(size)) * (365 * 86_400 / self.total)
        at = np.datetime64(YEAR.replace(tzinfo=None), "us") + (seconds * 1e6).astype("timedelta64[us]")
        low = rng.random(size) < 0.15
        score = np.where(low, scale.minimum, scale.promoter) + rng.integers(0, 2, size)
        tiers = np.array(["gold", "silver", "basic"], dtype=object)[rng.integers(0, 3, size)].tolist()
        names = [name for name, _ in survey.mapping.attributes]
        return ResponseBatch(
            survey=survey,
            row_number=np.arange(1, size + 1),
            response_id=[f"R{start + i}" for i in range(size)],
            content_hash=[f"{value:016x}" for value in rng.integers(0, 2**62, size).tolist()],
            submitted_at=at,
            started_at=np.full(size, np.datetime64("NaT"), "datetime64[us]"),
            recorded_at=at,
            timezone=["UTC"] * size,
            status=[ResponseStatus.LIVE] * size,
            score=np.where(rng.random(size) < 0.02, np.nan, score),
            comments=tuple(
                CommentColumn(question.id, [""] * size, self._texts(size, 2 / 3 if k == 0 else 0.1))
                for k, question in enumerate(survey.mapping.comments)
            ),
            respondents=[Respondent(id=f"c{number}") for number in rng.integers(0, self.total // 3 + 1, size).tolist()],
            channel=["email"] * size,
            language=["de" if one < 0.03 else "en" for one in rng.random(size).tolist()],
            attributes={name: tiers if name == "tier" else ["Leeds"] * size for name in names},
        )

    def _texts(self, size: int, share: float) -> list[str]:
        lengths = self.rng.poisson(9, size)
        words = self.rng.choice(self.words, int(lengths.sum()), p=self.weights).tolist()
        phrases = self.rng.integers(0, len(SAID), size).tolist()
        texts, at = [], 0
        for length, phrase, told in zip(lengths.tolist(), phrases, self.rng.random(size).tolist(), strict=True):
            texts.append(" ".join([*words[at : at + length], SAID[phrase]]) + "." if told < share else "")
            at += length
        return texts

    def _sentiment(self, batch: ResponseBatch) -> tuple[SentimentScores, ...]:
        return tuple(self._scores(column.texts) for column in batch.comments)

    def _scores(self, texts: Sequence[str]) -> SentimentScores:
        rows = self.rng.dirichlet((0.6, 0.5, 0.9), len(texts)).astype(np.float32)
        unknown = [UnknownReason.NO_COMMENT if not text else None for text in texts]
        for i in np.flatnonzero(self.rng.random(len(texts)) < 0.03).tolist():
            unknown[i] = unknown[i] or UnknownReason.OTHER_LANGUAGE
        rows[[why is not None for why in unknown]] = np.nan
        assert rows.shape[1] == len(CLASSES)
        return SentimentScores("generated@1", rows, tuple(unknown))


def stored(folder: Path, total: int) -> Path:
    """A copy of the demo workspace whose SQLite ledger holds a generated year, as ingestion would have written it.

    Tickets are left out: a backtest simulates the load of both policies.
    """
    workspace = folder / "demo"
    shutil.copytree(DEMO, workspace, ignore=shutil.ignore_patterns("inbox", "state"))
    parts = wire(workspace)
    policy = parts.workspace.policy
    run = Run("bench", "store_nps", "bench", "bench", "bench", RunState.RUNNING, YEAR)
    with parts.ledger.begin() as uow:
        uow.runs.start(run)
        uow.decisions.keep_policy(policy.policy.hash, parts.workspace.policy_text)
    for past in Generator(parts.workspace, total).batches():
        batch = past.signals.batch
        decisions, told = decide_and_tell(past.signals, policy)
        with parts.ledger.begin() as uow:
            people = uow.responses.customers(batch)
            ids = uow.responses.add(run.id, batch, [Landing(1, who, Disposition.QUIET) for who in people])
            uow.decisions.add(ids, past.signals, decisions, told)
    parts.close()
    return workspace
