"""Every notebook runs from top to bottom on a synthetic warehouse, draws, and matches its paired script."""

import base64
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from outerloop.adapters.duckdb_warehouse import refresh
from tests.outerloop.builders import NOW, ListedFacts, synthetic_year

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

pytestmark = pytest.mark.slow


@pytest.fixture
def environment() -> Iterator[dict[str, str]]:
    """The kernel inherits this process's environment; what a test sets in it is put back."""
    before = dict(os.environ)
    yield os.environ  # type: ignore[misc]
    os.environ.clear()
    os.environ.update(before)


def run(path: Path) -> Any:
    """The notebook with the outputs of a fresh kernel."""
    notebook = nbformat.read(path, as_version=4)
    return NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": FOLDER}}
    ).execute()


def outputs(notebook: Any, kind: str) -> list[Any]:
    return [
        output.data[kind]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if kind in output.get("data", {})
    ]


def test_there_are_notebooks() -> None:
    assert [path.name for path in NOTEBOOKS][:1] == ["01_outer_loop.ipynb"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_draws(path: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    refresh(tmp_path / "warehouse.duckdb", synthetic_year(), NOW)
    environment["NANNI_WAREHOUSE"] = str(tmp_path / "warehouse.duckdb")
    done = run(path)
    pictures = [base64.b64decode(picture) for picture in outputs(done, "image/png")]
    assert len(pictures) >= 6
    assert all(picture.startswith(b"\x89PNG") and len(picture) > 5_000 for picture in pictures)
    complaints = [
        output
        for cell in done.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.get("name") == "stderr"
    ]
    assert complaints == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_without_any_facts_still_runs(path: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    refresh(tmp_path / "warehouse.duckdb", ListedFacts(), NOW)
    environment["NANNI_WAREHOUSE"] = str(tmp_path / "warehouse.duckdb")
    assert outputs(run(path), "image/png")


def test_without_a_warehouse_it_says_what_to_do(tmp_path: Path, environment: dict[str, str]) -> None:
    environment["NANNI_WAREHOUSE"] = str(tmp_path / "none.duckdb")
    with pytest.raises(CellExecutionError, match=r"no warehouse yet.*nanni outer-loop refresh"):
        run(NOTEBOOKS[0])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_and_its_script_say_the_same(path: Path) -> None:
    def cells(document: Any) -> list[tuple[str, str]]:
        return [(cell.cell_type, cell.source) for cell in document.cells]

    assert cells(nbformat.read(path, as_version=4)) == cells(jupytext.read(path.with_suffix(".py")))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_committed_notebook_names_no_path_of_a_machine(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not any(place in text for place in ("/home/", "/Users/", "/tmp/", "site-packages", str(FOLDER.parent)))
