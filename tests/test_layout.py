"""Guards of the layout: everyday import names, a folder map that is true, nothing of one machine in the tree."""

import importlib
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("feedback", "models", "triggers", "tickets", "ledger", "outerloop", "nanni", "flows", "desk")


@pytest.mark.parametrize("name", PACKAGES)
def test_each_package_is_the_one_of_this_checkout(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__file__ is not None
    assert Path(module.__file__).parent == ROOT / name


def test_no_flow_is_named_like_a_package() -> None:
    stems = {path.stem for path in (ROOT / "flows").glob("*.py")}
    assert not stems & set(PACKAGES)


def test_every_folder_of_tests_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "tests").rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_data_and_notebooks_hold_no_packages() -> None:
    assert list((ROOT / "data").rglob("*.py")) == []
    assert list((ROOT / "notebooks").rglob("__init__.py")) == []


def test_the_folder_map_in_the_readme_is_the_tree() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    named = set(re.findall(r"^\| `([a-z]+)/` \|", readme, flags=re.MULTILINE))
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    folders = {line.split("/")[0] for line in tracked.splitlines() if "/" in line}
    assert named == {folder for folder in folders if not folder.startswith(".")}


def test_constraints_pin_versions_and_record_no_address() -> None:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!_]+", line)] == []
