"""Backtest: a year and 1,000,000 responses under a candidate policy; beside it, the same through a real ledger.

    python -m benchmarks.backtest [--quick] [--responses N] [--ledger N]

The bundled demo's surveys, policy, themes and routing; generated comments (two responses in three have one, 12 words on
average, nearly all different) and sentiment. The live policy's decisions are made first and not timed. No peer: no
survey system that we know of replays a trigger before it fires.

Keys of the JSON object on the last line:
- `responses`, `comments`: how many were replayed, and how many of them had words.
- `seconds`, `per_second`: deciding under the candidate, comparing, picking examples, and simulating the load of both;
  columns in, report out, one process. `cpu_seconds`: the processor time of the same, for a machine that is shared.
- `seconds_load`: the part of it that is the simulation of load. `firings`: responses that fire under either policy.
- `peak_mb`: peak memory of the whole process, the generator included; `growth_mb`: its growth over the second half.
- `differences`: responses that the candidate decides otherwise. `replay_differences`: the live policy over the first
  tenth, which must be 0.
- `ledger`: `responses`, `seconds`, `cpu_seconds` (all processes), `per_second` of what `nanni rules backtest` calls, on
  a SQLite ledger that holds that many of the same responses: reading stored responses, signals and decisions included.
"""

import argparse
import json
import os
import resource
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.console import Console
from rich.table import Table

from feedback.disposition import Disposition
from feedback.ports import Landing, Run, RunState
from feedback.response import CommentColumn, Respondent, ResponseBatch, ResponseStatus
from feedback.survey import SurveyDefinition
from models.sentiment import CLASSES, SentimentScores, UnknownReason
from nanni.backtest_load import Firing, Load, simulate
from nanni.backtesting import run_backtest
from nanni.settings import load_settings
from nanni.wiring import wire
from nanni.workspace import Workspace, load_workspace
from tickets.routing import RoutingFacts
from triggers.adapters.policy_file import load_policy
from triggers.backtest import Backtest
from triggers.compiled import CompiledPolicy, compile_policy
from triggers.decide import decide, traces
from triggers.keywords.index import TextIndex
from triggers.outcome import Outcome
from triggers.signals import Signals
from triggers.themes import main_theme
from triggers.verdicts import Verdicts, verdicts_of

DEMO = Path(__file__).parents[1] / "data" / "demo"
BATCH = 10_000
YEAR = datetime(2025, 10, 1, tzinfo=UTC)
HANDLING = timedelta(days=3)
SAID = (
    "the courier was late again", "never arrived", "charged twice for one lamp", "I am going elsewhere", "lovely staff",
    "not late at all", "the glaze is chipped", "on hold for an hour", "still waiting for the refund",
    "a shelf fell on me", "the site logged me out", "good value", "would buy again", "nobody rang back",
    "the driver drove off",
)  # fmt: skip


@dataclass(frozen=True)
class Past:
    """One generated batch: its signals, what the live policy decided, and who answered."""

    signals: Signals
    made: Verdicts
    customers: Sequence[int]


class Timer:
    """Adds up wall and processor time of what runs inside it."""

    def __init__(self) -> None:
        self.seconds = self.cpu = 0.0

    def __enter__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), processor_time()

    def __exit__(self, *_: object) -> None:
        self.seconds += time.perf_counter() - self._wall
        self.cpu += processor_time() - self._cpu


def processor_time() -> float:
    """Processor seconds of this process and of those it started and has waited for."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


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
            yield Past(signals, made, self.rng.integers(0, self.total // 3 + 1, size).tolist())

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
            respondents=[Respondent()] * size,
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


def candidate(workspace: Workspace, folder: Path) -> CompiledPolicy:
    """The demo's policy with another sentiment limit and another query."""
    text = (DEMO / "policy.yaml").read_text("utf-8")
    path = folder / "candidate.yaml"
    path.write_text(text.replace("at_least: 0.7", "at_least: 0.8").replace("stitches OR", '"fell on me" OR'), "utf-8")
    return compile_policy(load_policy(path, workspace.surveys, workspace.taxonomy))


def replayed(workspace: Workspace, policy: CompiledPolicy, total: int) -> dict[str, float]:
    """Replay generated columns; only the replay is timed."""
    backtest, same = Backtest(policy), Backtest(workspace.policy)
    firings: tuple[list[Firing], list[Firing]] = ([], [])
    timer = Timer()
    comments, done, half = 0, 0, 0.0
    for past in Generator(workspace, total).batches():
        with timer:
            after = backtest.add(past.signals, past.made)
            _remember(firings, past, after)
        comments += sum(any(texts) for texts in zip(*(c.texts for c in past.signals.batch.comments), strict=True))
        if done < max(BATCH, total // 10):
            same.add(past.signals, past.made)
        done += len(after)
        half = peak_mb() if done <= total // 2 or not half else half
    before = timer.seconds
    with timer:
        report = backtest.report()
        loads: list[Load] = [simulate(side, workspace.routing, HANDLING, 365) for side in firings]
    assert report.responses == total and loads[0].opened
    return {
        "responses": total,
        "comments": comments,
        "seconds": round(timer.seconds, 2),
        "cpu_seconds": round(timer.cpu, 2),
        "per_second": round(total / timer.seconds),
        "seconds_load": round(timer.seconds - before, 2),
        "firings": len(firings[0]) + len(firings[1]),
        "peak_mb": round(peak_mb()),
        "growth_mb": round(peak_mb() - half),
        "differences": report.differences,
        "replay_differences": same.report().differences,
    }


def _remember(firings: tuple[list[Firing], list[Firing]], past: Past, after: Verdicts) -> None:
    batch = past.signals.batch
    for side, verdicts in zip(firings, (past.made, after), strict=True):
        fired = np.array([one.outcome is Outcome.FIRED for one in verdicts.distinct])[verdicts.codes]
        for row in np.flatnonzero(fired).tolist():
            severity = verdicts[row].severity
            assert severity
            facts = RoutingFacts(
                severity, batch.survey.id, main_theme(past.signals.themes[row]), batch.language[row], batch.channel[row]
            )
            at = batch.submitted_at[row].item().replace(tzinfo=UTC)
            side.append(Firing(at, f"c{past.customers[row]}", facts))


def from_ledger(folder: Path, total: int) -> dict[str, float]:
    """`run_backtest` on a SQLite ledger that holds generated responses with their signals and decisions."""
    workspace = folder / "demo"
    shutil.copytree(DEMO, workspace, ignore=shutil.ignore_patterns("inbox", "state"))
    parts = wire(workspace)
    policy = parts.workspace.policy
    run = Run("bench", "store_nps", "bench", "bench", "bench", RunState.RUNNING, YEAR)
    with parts.ledger.begin() as uow:
        uow.runs.start(run)
        uow.decisions.keep_policy(policy.policy.hash, parts.workspace.policy_text)
    for past in Generator(parts.workspace, total).batches():
        index = TextIndex(past.signals.batch)
        decisions = decide(past.signals, policy, index)
        fired = np.flatnonzero(decisions.outcome == Outcome.FIRED).tolist()
        told = traces(past.signals, fired, policy, index)
        landings = [Landing(1, None, Disposition.QUIET)] * len(past.signals)
        with parts.ledger.begin() as uow:
            ids = uow.responses.add(run.id, past.signals.batch, landings)
            uow.decisions.add(ids, past.signals, decisions, told)
    timer = Timer()
    with timer:
        result = run_backtest(parts, folder / "candidate.yaml")
    same = run_backtest(parts).report.differences
    parts.close()
    assert result.report.responses == total
    return {
        "responses": total,
        "seconds": round(timer.seconds, 2),
        "cpu_seconds": round(timer.cpu, 2),
        "per_second": round(total / timer.seconds),
        "replay_differences": same,
    }


def peak_mb() -> float:
    """Peak memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print the table, and print the JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="50,000 responses, 10,000 through the ledger")
    parser.add_argument("--responses", type=int, default=1_000_000)
    parser.add_argument("--ledger", type=int, default=100_000)
    chosen = parser.parse_args(argv)
    total, stored = (50_000, 10_000) if chosen.quick else (chosen.responses, chosen.ledger)
    with TemporaryDirectory() as name:
        folder = Path(name)
        workspace = load_workspace(replace(load_settings(DEMO, {}), workspace=DEMO))
        figures: dict[str, object] = dict(replayed(workspace, candidate(workspace, folder), total))
        figures["ledger"] = from_ledger(folder, stored) if stored else None
    table = Table("figure", "value", title="Backtest")
    for key, value in figures.items():
        table.add_row(key, f"{value:,}" if isinstance(value, int | float) else str(value))
    Console().print(table)
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
