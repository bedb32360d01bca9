"""Ingest survey files: check, score, decide and commit batch by batch."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from flows.runtime import RETRY_DELAYS, parts_of, worth_a_retry
from flows.scoring import cluster_runner, cluster_scorer
from nanni.ingestion import ingest_file
from nanni.intake import Taken, take_all, waiting_files
from nanni.landing import LandedBatch
from nanni.parts import Parts
from nanni.upkeep import look_after


@flow(name="ingest-responses", validate_parameters=False)
def ingest_responses(
    workspace: str, survey: str | None = None, path: str | None = None, now: str | None = None
) -> list[dict[str, Any]]:
    """Take every complete new file of the surveys' inboxes, or one named file. A bad file does not stop the others.

    Then what time alone brings is done: waits that are over, digests that are due, storms that have passed. A run of
    a flow costs about a second of Prefect's time, so files are none of their own.

    Raises SourceError at the end when any file could not be taken.
    """
    with parts_of(workspace, now) as parts:
        waiting = waiting_files(parts, survey, Path(path) if path else None)
        runner = cluster_runner(parts.workspace.settings)
        try:
            if runner is None or not waiting:
                return take_all(waiting, partial(take, parts))
            files = [(name, str(file)) for name, file in waiting]
            return take_on_cluster.with_options(task_runner=runner)(workspace, files, now)
        finally:
            look_after(parts)  # also when a file was bad: it stays in the inbox, and waits must end all the same


@flow(name="take-on-cluster", validate_parameters=False)
def take_on_cluster(workspace: str, files: list[tuple[str, str]], now: str | None) -> list[dict[str, Any]]:
    """Take files while a cluster scores. A flow of its own: a flow's task runner is chosen before it is called."""
    with parts_of(workspace, now) as parts:
        return take_all([(name, Path(file)) for name, file in files], partial(take, parts))


def take(parts: Parts, survey: str, file: Path) -> dict[str, Any]:
    """Ingest one file, a task a batch; returns counts only, and leaves them as artifacts."""
    taken = ingest_file(parts, parts.workspace.survey(survey), file, lander=land_as_task, scorer=cluster_scorer(parts))
    if not taken.already:
        publish(taken)
    return taken.summary()


def land_as_task(name: str, land: Callable[[], LandedBatch]) -> LandedBatch:
    """Commit a batch as a task, tried again where that can help: customer text is no Prefect parameter."""

    @task(
        cache_policy=NO_CACHE,
        task_run_name="land-{batch}",
        retries=len(RETRY_DELAYS),
        retry_delay_seconds=RETRY_DELAYS,
        retry_condition_fn=worth_a_retry,
    )
    def land_batch(batch: str) -> LandedBatch:
        return land()

    return land_batch(name)


def publish(taken: Taken) -> None:
    """Leave the run's counts by disposition and by rule, and its drift, as artifacts: numbers only."""
    summary = taken.summary()
    slug = taken.run.survey.replace("_", "-").lower()
    for name, table in tables(summary).items():
        create_table_artifact(key=f"ingest-{slug}-{name}", table=table, description=f"Run {taken.run.id}")


def tables(summary: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The rows of each artifact of a run, by its name."""
    told = {
        "rows": [{"outcome": outcome, "rows": count} for outcome, count in summary["counts"].items()],
        "rules": [{"rule": rule, "fired": count} for rule, count in summary["fired"].items()],
    }
    return {**told, "drift": [summary["drift"]]} if summary["drift"] else told
