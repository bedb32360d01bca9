from pathlib import Path

import pytest

from outerloop.adapters.swap import RefreshRunningError, beside, clear_leftovers, only_one, swap_in


def test_names_beside_are_in_the_same_folder_and_never_the_same(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    first, second = beside(path), beside(path)
    assert first.parent == second.parent == tmp_path
    assert first != second


def test_clearing_takes_what_this_warehouse_left_and_nothing_else(tmp_path: Path) -> None:
    path, neighbour = tmp_path / "w[1].duckdb", tmp_path / "other.duckdb"
    fresh, other = beside(path), beside(neighbour)
    for made in (path, neighbour, fresh, other, Path(f"{fresh}.wal")):
        made.touch()
    Path(f"{fresh}.spill").mkdir()
    (tmp_path / f"{fresh.name}.spill" / "block").touch()
    assert clear_leftovers(path) == 3
    assert sorted(tmp_path.iterdir()) == sorted([path, neighbour, other])


def test_only_one_may_replace_a_file(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    with only_one(path):
        with pytest.raises(RefreshRunningError) as caught, only_one(path):
            pass
        with only_one(tmp_path / "other.duckdb"):
            pass
    assert caught.value.retryable
    with only_one(path):
        pass


def test_a_swap_leaves_the_old_file_to_those_who_have_it_open(tmp_path: Path) -> None:
    path, fresh = tmp_path / "w", tmp_path / "fresh"
    path.write_text("old")
    fresh.write_text("new")
    with path.open() as reader:
        swap_in(fresh, path)
        assert reader.read() == "old"
    assert path.read_text() == "new"
    assert not fresh.exists()
