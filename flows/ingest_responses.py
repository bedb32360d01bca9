"""Ingest survey files: check, score, decide and commit batch by batch."""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from flows.runtime import RETRY_DELAYS, parts_of, worth_a_retry
from flows.scoring import cluster_scorer, task_runner
from nanni.drift import drift_of_run
from nanni.ingestion import Intake, begin_file, finish_run, prepared_batches, recorded_failure, settle
from nanni.intake import Taken, take_all, waiting_files
from nanni.landing import LandedBatch
from nanni.parts import Parts
from nanni.upkeep import look_after
from nanni.workers import rare_collections


def walk(parts: Parts, intake: Intake) -> Iterator[LandedBatch]:
    """The file's batches, each landed by a task that takes its number: customer text is no Prefect parameter.

    Checking and judging are done by the workspace's `workers`, as in a direct run, or here when a cluster scores:
    its runner spreads only what the flow itself submits.
    """
    for raw, prepared in prepared_batches(parts, intake, cluster_scorer(parts)):
        land = partial(settle, parts, intake.survey, intake.run, raw, prepared)
        yield land_task(land)(prepared.number)


def land_task(land: Callable[[], LandedBatch]) -> Callable[[int], LandedBatch]:
    """The task that commits a batch, tried again where that can help."""

    @task(
        cache_policy=NO_CACHE,
        task_run_name="land-{number}",
        retries=len(RETRY_DELAYS),
        retry_delay_seconds=RETRY_DELAYS,
        retry_condition_fn=worth_a_retry,
    )
    def land_batch(number: int) -> LandedBatch:
        return land()

    return land_batch


@flow(name="ingest-file", flow_run_name="{survey}-{file_name}", validate_parameters=False)
def ingest_file(workspace: str, survey: str, file_name: str, path: str, now: str | None = None) -> dict[str, Any]:
    """Ingest one file; the same bytes twice are a no-op. Returns counts only."""
    with parts_of(workspace, now) as parts:
        definition = parts.workspace.survey(survey)
        intake = begin_file(parts, definition, Path(path))
        if intake.already_ingested:
            return Taken(intake.run, {}, already=True).summary()
        fired: Counter[str] = Counter()
        with recorded_failure(parts, intake), rare_collections():
            for landed in walk(parts, intake):
                fired.update(landed.fired)
        done = finish_run(parts, intake.run)
        taken = Taken(done, fired, already=False, drift=drift_of_run(parts, done.id))
    publish(taken)
    return taken.summary()


@flow(name="ingest-responses", validate_parameters=False)
def ingest_responses(
    workspace: str, survey: str | None = None, path: str | None = None, now: str | None = None
) -> list[dict[str, Any]]:
    """Take every complete new file of the surveys' inboxes, or one named file. A bad file does not stop the others.

    Then what time alone brings is done: waits that are over, digests that are due, storms that have passed.

    Raises SourceError at the end when any file could not be taken.
    """
    with parts_of(workspace, now) as parts:
        one_file = ingest_file.with_options(task_runner=task_runner(parts.workspace.settings))
        waiting = waiting_files(parts, survey, Path(path) if path else None)
    taken = take_all(waiting, lambda name, file: one_file(workspace, name, file.name, str(file), now))
    with parts_of(workspace, now) as parts:
        look_after(parts)
    return taken


def publish(taken: Taken) -> None:
    """Leave the run's counts by disposition and by rule as artifacts: numbers only."""
    summary = taken.summary()
    slug = taken.run.survey.replace("_", "-").lower()
    for name, table in (
        ("rows", [{"outcome": outcome, "rows": count} for outcome, count in summary["counts"].items()]),
        ("rules", [{"rule": rule, "fired": count} for rule, count in summary["fired"].items()]),
    ):
        create_table_artifact(key=f"ingest-{slug}-{name}", table=table, description=f"Run {taken.run.id}")
