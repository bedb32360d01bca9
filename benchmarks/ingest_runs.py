"""The measured programs of `benchmarks.ingest`, each run in a process of its own: KIND ROWS EXPORT FOLDER MODELS."""

import csv
import json
import os
import pickle
import resource
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from benchmarks.ingest_workspace import NOW, SURVEY, make_workspace
from nanni.quiet import quiet_libraries

if TYPE_CHECKING:
    from feedback.ports import Run
    from feedback.rows import RawBatch
    from nanni.parts import Parts

T = TypeVar("T")

BATCH = 20_000
WARM = 1
"""Batches before the steps are timed: caches are cold in the first ones."""


def nanni(rows: int, export: Path, folder: Path, models: str) -> dict[str, Any]:
    """`ingest_file`, as `nanni ingest --direct` runs it; starting worker processes is in the time."""
    from nanni.ingestion import ingest_file
    from nanni.wiring import wire

    parts = wire(make_workspace(folder, models), lambda: NOW)
    began, cpu = time.perf_counter(), _cpu()
    taken = ingest_file(parts, parts.workspace.survey(SURVEY), export)
    seconds = time.perf_counter() - began
    parts.close()
    counts = {kind.value: count for kind, count in (taken.run.counts or {}).items() if count}
    assert taken.run.received == rows, "rows were lost"
    fired = sum(counts.get(kind, 0) for kind in ("opened", "attached", "suppressed"))
    return {
        "seconds": seconds,
        "cpu_seconds": _cpu() - cpu,
        "bytes": _stored(folder / "state"),
        "counts": counts,
        "fire_rate": fired / rows,
    }


def pandas(rows: int, export: Path, folder: Path, models: str) -> dict[str, Any]:
    """The usual script: read_csv in chunks, to_sql into SQLite."""
    import pandas as pd
    import sqlalchemy as sa

    engine = sa.create_engine(f"sqlite:///{folder / 'peer.db'}")

    def copy() -> None:
        for chunk in pd.read_csv(export, chunksize=BATCH):
            chunk.to_sql("responses", engine, if_exists="append", index=False)

    return _peer(copy, folder)


def core(rows: int, export: Path, folder: Path, models: str) -> dict[str, Any]:
    """csv.reader and SQLAlchemy Core, the response id as primary key, one transaction a chunk."""
    import sqlalchemy as sa

    engine = sa.create_engine(f"sqlite:///{folder / 'peer.db'}")

    def copy() -> None:
        with export.open(encoding="utf-8", newline="") as file:
            records = csv.reader(file)
            header = next(records)
            columns = [sa.Column(name, sa.Text, primary_key=not at) for at, name in enumerate(header)]
            table = sa.Table("responses", sa.MetaData(), *columns)
            table.create(engine)
            insert = sa.insert(table).prefix_with("OR IGNORE")
            while chunk := list(islice(records, BATCH)):
                with engine.begin() as connection:
                    connection.execute(insert, [dict(zip(header, row, strict=True)) for row in chunk])

    return _peer(copy, folder)


def steps(rows: int, export: Path, folder: Path, models: str) -> dict[str, Any]:
    """CPU microseconds a row of each step, in one process, without the first batches."""
    from nanni.ingestion import begin_file, raw_batches
    from nanni.wiring import wire
    from nanni.workers import rare_collections

    parts = wire(make_workspace(folder, models), lambda: NOW)
    intake = begin_file(parts, parts.workspace.survey(SURVEY), export)
    raws, clock, timed = raw_batches(intake), StepClock(), 0
    with rare_collections():
        for number in range(rows // BATCH):
            if number == WARM:
                clock.spent.clear()
                timed = 0
            raw = clock("read", next, raws)
            _walk(parts, intake.run, raw, clock)
            timed += raw.received
    parts.close()
    return {step: seconds / timed * 1e6 for step, seconds in clock.spent.items()}


def _walk(parts: "Parts", run: "Run", raw: "RawBatch", clock: "StepClock") -> None:
    from feedback.parse import parse_batch, parse_columns, role_frame
    from nanni.ingestion import commit
    from nanni.scoring import score
    from nanni.walk import check, judge, pack, sort_batch

    survey = parts.workspace.survey(SURVEY)
    columns = clock("parse", parse_columns, raw, survey)
    clock("parse", parse_batch, raw, survey, NOW, columns)
    frame = clock("contract", role_frame, raw, survey, columns)
    clock("contract", parts.contract(survey).check, frame, raw)
    checked = check(parts, survey, raw)
    fresh = clock("sort", sort_batch, parts, checked)
    scores = clock("score", score, parts.model, fresh.batch)
    judged = clock("themes and decide", judge, parts, fresh.batch, scores)
    prepared = clock("pack", pack, parts, checked, fresh, judged)
    sent = clock("send", pickle.dumps, prepared, pickle.HIGHEST_PROTOCOL)
    clock("commit", commit, parts, run, clock("receive", pickle.loads, sent))


class StepClock:
    """CPU seconds by step."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    def __call__(self, step: str, work: Callable[..., T], *arguments: Any) -> T:
        """Do a step's work on the clock."""
        began = time.process_time()
        result = work(*arguments)
        self.spent[step] = self.spent.get(step, 0.0) + time.process_time() - began
        return result


def _peer(copy: Callable[[], None], folder: Path) -> dict[str, Any]:
    folder.mkdir(parents=True, exist_ok=True)
    began, cpu = time.perf_counter(), _cpu()
    copy()
    return {"seconds": time.perf_counter() - began, "cpu_seconds": _cpu() - cpu, "bytes": _stored(folder)}


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _stored(folder: Path) -> int:
    return sum(file.stat().st_size for file in _databases(folder))


def _databases(folder: Path) -> Iterator[Path]:
    return (file for file in folder.iterdir() if file.is_file() and ".db" in file.name)


KINDS = {"nanni": nanni, "pandas": pandas, "core": core, "steps": steps}


def main() -> None:
    """Run one of them and print its figures as JSON."""
    kind, rows, export, folder, models = sys.argv[1:]
    quiet_libraries(os.environ)
    Path(folder).parent.mkdir(parents=True, exist_ok=True)
    print(json.dumps(KINDS[kind](int(rows), Path(export), Path(folder), models)))


if __name__ == "__main__":
    main()
