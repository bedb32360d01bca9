from datetime import date
from pathlib import Path

import pytest

from feedback.errors import ConfigError, NotFoundError
from outerloop.adapters.initiative_file import add_initiative, load_initiatives
from outerloop.initiatives import Initiative, find

ONE = Initiative("labels", "Labels that hold", "amira", ("delivery.late",), date(2026, 3, 2), 0.3, date(2026, 6, 1))


def test_what_is_added_is_read_again_and_comments_stay(tmp_path: Path) -> None:
    path = tmp_path / "initiatives.yaml"
    assert load_initiatives(path) == ()
    add_initiative(path, ONE)
    path.write_text("# Ours.\n" + path.read_text())
    other = Initiative("payments", "New till", "ben", ("billing",), date(2026, 4, 1), 1.0, date(2026, 5, 1))
    add_initiative(path, other)
    assert load_initiatives(path) == (ONE, other)
    assert path.read_text().startswith("# Ours.") and [entry.name for entry in tmp_path.iterdir()] == [path.name]
    assert find(load_initiatives(path), "payments") == other


def test_an_id_is_used_once_and_the_file_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "initiatives.yaml"
    add_initiative(path, ONE)
    before = path.read_text()
    with pytest.raises(ConfigError, match="there already"):
        add_initiative(path, ONE)
    assert path.read_text() == before
    with pytest.raises(NotFoundError, match="labels"):
        find((ONE,), "other")


@pytest.mark.parametrize(
    ("themes", "expected", "by"), [((), 0.3, 9), (("billing",), 0.0, 9), (("billing",), 1.2, 9), (("billing",), 0.3, 1)]
)
def test_nonsense_is_refused(themes: tuple[str, ...], expected: float, by: int) -> None:
    with pytest.raises(ConfigError):
        Initiative("x", "x", "amira", themes, date(2026, 3, 2), expected, date(2026, by, 1))


@pytest.mark.parametrize(("id", "title"), [("Two words", "x"), ("", "x"), ("x", " ")])
def test_an_id_is_plain_and_a_title_given(id: str, title: str) -> None:
    with pytest.raises(ConfigError, match="id of small letters"):
        Initiative(id, title, "amira", ("billing",), date(2026, 3, 2), 0.3, date(2026, 6, 1))
