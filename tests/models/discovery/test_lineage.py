"""Who carries on whose id, and what the ledger says of themes."""

from datetime import UTC, datetime

import numpy as np

from models.discovery.history import Act, ThemeEvent, events_of, joined_to, known_themes, shown_as, today
from models.discovery.lineage import Fate, descend

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def rows(*pairs: tuple[int, int, int]) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], ...]:
    """Old and new places of so many texts each."""
    return tuple(np.array([pair[side] for pair in pairs for _ in range(pair[2])]) for side in (0, 1))


def test_a_theme_that_keeps_half_survives_whatever_its_place() -> None:
    old, new = rows((0, 1, 80), (0, -1, 10), (1, 0, 50), (-1, 1, 20))
    kept = descend(["F-1", "F-2"], old, new, 2)
    assert [(one.fate, one.theme, one.place) for one in kept] == [(Fate.KEPT, "F-2", 0), (Fate.KEPT, "F-1", 1)]
    assert kept[1].jaccard == 80 / 110


def test_births_splits_merges_and_deaths_carry_their_evidence() -> None:
    # F-1 loses a third to place 1; F-2 goes into place 2 with F-3; F-4 is assigned to nothing; place 3 is new.
    old, new = rows((0, 0, 60), (0, 1, 30), (1, 2, 40), (2, 2, 60), (3, -1, 20), (-1, 3, 25))
    found = {(one.fate, one.theme or one.place): one for one in descend(["F-1", "F-2", "F-3", "F-4"], old, new, 4)}
    assert set(found) == {
        (Fate.KEPT, "F-1"), (Fate.SPLIT, 1), (Fate.KEPT, "F-3"), (Fate.BORN, 3), (Fate.MERGED, "F-2"),
        (Fate.DIED, "F-4"),
    }  # fmt: skip
    assert found[Fate.SPLIT, 1].parents == ("F-1",) and found[Fate.SPLIT, 1].jaccard == 30 / 90
    assert found[Fate.MERGED, "F-2"].heirs == (2,) and found[Fate.MERGED, "F-2"].jaccard == 0.4


def test_a_theme_that_falls_apart_dies_and_leaves_heirs() -> None:
    old, new = rows((0, 0, 30), (0, 1, 30), (0, 2, 30))
    (died,) = [one for one in descend(["F-1"], old, new, 3) if one.theme == "F-1"]
    assert (died.fate, died.heirs, died.jaccard) == (Fate.DIED, (0, 1, 2), 1 / 3)


def test_held_pairs_are_not_matched_by_numbers() -> None:
    old, new = rows((0, 0, 50), (1, 1, 50))
    found = descend(["F-1", "F-2"], old, new, 2, held=[("F-1", 1)])
    assert [(one.theme, one.place) for one in found if one.fate is Fate.KEPT] == [("F-1", 1)]


def test_the_ledger_is_read_as_names_joins_pins_and_heirs() -> None:
    old, new = rows((0, 0, 60), (0, 1, 30), (1, 2, 40), (2, 2, 60))
    born = [ThemeEvent(1, NOON, "nightly", Act.BORN, f"F-{at}", text=f"Theme {at}") for at in (1, 2, 3)]
    fates = descend(["F-1", "F-2", "F-3"], old, new, 3)
    later = events_of(fates, {0: "F-1", 1: "F-4", 2: "F-3"}, {0: "a", 1: "b", 2: "c"}, 2, NOON, "nightly")
    said = [
        ThemeEvent(2, NOON, "amira", Act.RENAMED, "F-1", text="Parking"),
        ThemeEvent(2, NOON, "amira", Act.JOINED, "F-4", ("F-3",)),
        ThemeEvent(2, NOON, "amira", Act.PINNED, "F-3"),
    ]
    themes = known_themes([*born, *later, *said])
    assert (themes["F-1"].name, themes["F-1"].named_by, themes["F-4"].name, themes["F-3"].pinned) == (
        "Parking", "amira", "b", True,
    )  # fmt: skip
    assert shown_as("F-4", themes) == "F-3" and joined_to(themes) == {"F-4": "F-3"}
    assert today("F-2", themes) == ("F-3",) and today("F-1", themes) == ("F-1",)
    assert themes["F-2"].ended == 2
