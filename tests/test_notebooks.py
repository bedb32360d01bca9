"""Every notebook runs from top to bottom on a synthetic warehouse, draws, and matches its paired script.

All run in one kernel, one after the other and each from an empty namespace: starting a kernel and importing what it
needs takes longer than the notebooks themselves.
"""

import base64
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from outerloop.adapters.duckdb_warehouse import refresh
from tests.outerloop.builders import NOW, ListedFacts, synthetic_year

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
Runs = Callable[[Path, Path], Any]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run() -> Iterator[Runs]:
    """Runs a notebook on a warehouse in the kernel that all share; gives it back with its outputs."""
    manager, channel = start_new_kernel(kernel_name="python3", cwd=str(FOLDER), env={**os.environ})

    def execute(path: Path, warehouse: Path) -> Any:
        notebook = nbformat.read(path, as_version=4)
        start = f"%reset -f\nimport os\nos.environ['NANNI_WAREHOUSE'] = {str(warehouse)!r}"
        notebook.cells.insert(0, nbformat.v4.new_code_cell(start))
        client = NotebookClient(notebook, km=manager, timeout=120)
        client.kc = channel
        client.reset_execution_trackers()
        for number, cell in enumerate(notebook.cells):
            client.execute_cell(cell, number)
        return notebook

    yield execute
    channel.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("year") / "warehouse.duckdb"
    refresh(path, synthetic_year(1600), NOW)
    return path


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("nothing") / "warehouse.duckdb"
    refresh(path, ListedFacts(), NOW)
    return path


def outputs(notebook: Any, kind: str) -> list[Any]:
    return [
        output.data[kind]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if kind in output.get("data", {})
    ]


def drawn_by(path: Path) -> int:
    """How many pictures the committed notebook holds."""
    return len(outputs(nbformat.read(path, as_version=4), "image/png"))


def test_there_are_notebooks_with_pictures() -> None:
    assert [path.stem[:2] for path in NOTEBOOKS] == ["01", "02", "03", "04", "05", "06"]
    assert all(drawn_by(path) for path in NOTEBOOKS)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_draws(path: Path, run: Runs, year: Path) -> None:
    done = run(path, year)
    pictures = [base64.b64decode(picture) for picture in outputs(done, "image/png")]
    assert len(pictures) == drawn_by(path)
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)
    complaints = [
        output
        for cell in done.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.get("name") == "stderr"
    ]
    assert complaints == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_without_any_facts_still_runs(path: Path, run: Runs, nothing: Path) -> None:
    assert outputs(run(path, nothing), "image/png")


def test_without_a_warehouse_it_says_what_to_do(tmp_path: Path, run: Runs) -> None:
    with pytest.raises(CellExecutionError, match=r"no warehouse yet.*nanni outer-loop refresh"):
        run(NOTEBOOKS[0], tmp_path / "none.duckdb")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_and_its_script_say_the_same(path: Path) -> None:
    def cells(document: Any) -> list[tuple[str, str]]:
        return [(cell.cell_type, cell.source) for cell in document.cells]

    assert cells(nbformat.read(path, as_version=4)) == cells(jupytext.read(path.with_suffix(".py")))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_committed_notebook_names_no_path_of_a_machine(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not any(place in text for place in ("/home/", "/Users/", "/tmp/", "site-packages", str(FOLDER.parent)))
