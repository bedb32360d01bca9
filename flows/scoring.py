"""Where comments are scored: in this process, or spread over a Dask cluster when `flows.dask` names one."""

from collections.abc import Sequence
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.task_runners import TaskRunner

from feedback.errors import MissingExtraError
from models.sentiment import ScoreInput, SentimentScores
from nanni.parts import Parts, load_model
from nanni.scoring import Scorer, score
from nanni.settings import SentimentModelChoice, Settings
from nanni.stitch import stitch

CHUNK = 500
"""Comments a task on the cluster: seconds of work, so that Prefect's cost for a task is small beside it."""


def cluster_runner(settings: Settings) -> TaskRunner[Any] | None:
    """prefect-dask's runner for `flows.dask` (an address, or `local:N` for N local workers); None without one."""
    dask = settings.file.flows.dask
    if dask is None:
        return None
    try:
        from prefect_dask import DaskTaskRunner
    except ImportError as error:
        raise MissingExtraError(
            "flows.dask is set but prefect-dask is not installed", next_step="pip install -e '.[dask]'"
        ) from error
    if dask.startswith("local:"):
        workers = int(dask.removeprefix("local:"))
        local: TaskRunner[Any] = DaskTaskRunner(
            cluster_kwargs={"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None}
        )
        return local
    remote: TaskRunner[Any] = DaskTaskRunner(address=dask)
    return remote


def cluster_scorer(parts: Parts) -> Scorer | None:
    """The scoring step when the workspace names a cluster; None where comments are scored beside everything else."""
    settings = parts.workspace.settings
    if settings.file.flows.dask is None:
        return None
    return lambda batch: score(ClusterModel(settings.file.sentiment), batch)


class ClusterModel:
    """A sentiment model whose batches are scored in chunks on the flow's task runner."""

    def __init__(self, choice: SentimentModelChoice) -> None:
        self._choice = choice

    @property
    def model_id(self) -> str:
        """The id of the model that every worker loads."""
        return load_model(self._choice).model_id

    def score(self, batch: Sequence[ScoreInput]) -> SentimentScores:
        """Score chunks in parallel; order and values are those of one process."""
        if not batch:
            return load_model(self._choice).score(batch)
        chunks = [list(batch[start : start + CHUNK]) for start in range(0, len(batch), CHUNK)]
        futures = [score_chunk.submit(self._choice.model_dump_json(), chunk) for chunk in chunks]
        return stitch([future.result() for future in futures])


@task(cache_policy=NO_CACHE, retries=2, retry_delay_seconds=[1, 5])
def score_chunk(choice: str, chunk: list[ScoreInput]) -> SentimentScores:
    """Score one chunk with the worker's own copy of the model."""
    return load_model(SentimentModelChoice.model_validate_json(choice)).score(chunk)
