"""Ingest survey files: check, score, decide and commit batch by batch."""

from collections import Counter
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from feedback.ports import Run
from feedback.rows import RawBatch
from feedback.survey import SurveyDefinition
from flows.runtime import RETRY_DELAYS, parts_of, worth_a_retry
from flows.scoring import scored_before, scorer_of, task_runner
from nanni.ingestion import (
    CheckedBatch,
    begin_file,
    check,
    finish_run,
    process,
    raw_batches,
    recorded_failure,
    sort_batch,
)
from nanni.intake import Taken, take_all, waiting_files
from nanni.landing import LandedBatch
from nanni.parts import Parts


def walk_batch(parts: Parts, run: Run, survey: SurveyDefinition, raw: RawBatch) -> LandedBatch:
    """One batch through its tasks. Tasks take the batch number: customer text never becomes a Prefect parameter.

    Scoring is asked for by the flow, not by a task, so that a task runner can spread it over a cluster.
    """
    checked: dict[int, CheckedBatch] = {}
    scorer = scorer_of(parts)

    @task(cache_policy=NO_CACHE, task_run_name="check-{number}")
    def check_batch(number: int) -> int:
        checked[number] = check(parts, survey, raw)
        return checked[number].received

    check_batch(raw.number)
    fresh = sort_batch(parts, checked[raw.number]).batch
    known = scored_before(parts, fresh, scorer(fresh))

    @task(
        cache_policy=NO_CACHE,
        task_run_name="land-{number}",
        retries=len(RETRY_DELAYS),
        retry_delay_seconds=RETRY_DELAYS,
        retry_condition_fn=worth_a_retry,
    )
    def land_batch(number: int) -> LandedBatch:
        return process(parts, run, checked[number], known)

    return land_batch(raw.number)


@flow(name="ingest-file", flow_run_name="{survey}-{file_name}", validate_parameters=False)
def ingest_file(workspace: str, survey: str, file_name: str, path: str, now: str | None = None) -> dict[str, Any]:
    """Ingest one file; the same bytes twice are a no-op. Returns counts only."""
    with parts_of(workspace, now) as parts:
        definition = parts.workspace.survey(survey)
        intake = begin_file(parts, definition, Path(path))
        if intake.already_ingested:
            return Taken(intake.run, {}, already=True).summary()
        fired: Counter[str] = Counter()
        with recorded_failure(parts, intake):
            for raw in raw_batches(intake):
                fired.update(walk_batch(parts, intake.run, definition, raw).fired)
        taken = Taken(finish_run(parts, intake.run), fired, already=False)
    publish(taken)
    return taken.summary()


@flow(name="ingest-responses", validate_parameters=False)
def ingest_responses(
    workspace: str, survey: str | None = None, path: str | None = None, now: str | None = None
) -> list[dict[str, Any]]:
    """Take every complete new file of the surveys' inboxes, or one named file. A bad file does not stop the others.

    Raises SourceError at the end when any file could not be taken.
    """
    with parts_of(workspace, now) as parts:
        one_file = ingest_file.with_options(task_runner=task_runner(parts.workspace.settings))
        waiting = waiting_files(parts, survey, Path(path) if path else None)
    return take_all(waiting, lambda name, file: one_file(workspace, name, file.name, str(file), now))


def publish(taken: Taken) -> None:
    """Leave the run's counts by disposition and by rule as artifacts: numbers only."""
    summary = taken.summary()
    slug = taken.run.survey.replace("_", "-").lower()
    for name, table in (
        ("rows", [{"outcome": outcome, "rows": count} for outcome, count in summary["counts"].items()]),
        ("rules", [{"rule": rule, "fired": count} for rule, count in summary["fired"].items()]),
    ):
        create_table_artifact(key=f"ingest-{slug}-{name}", table=table, description=f"Run {taken.run.id}")
