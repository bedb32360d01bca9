import pytest

from feedback.errors import ConfigError
from tests.triggers.builders import batch
from triggers.keywords.index import TextIndex
from triggers.signals import ThemeHit
from triggers.themes import Taxonomy, Theme, main_theme

TAXONOMY = Taxonomy(
    [
        Theme(
            "delivery", "Delivery", "deliver* OR courier", (Theme("delivery.late", "Late delivery", "late OR delay*"),)
        ),
        Theme("staff", "Staff", "rude OR staff"),
        Theme("group", "Group", "", (Theme("group.bill", "Bill", "bill*"),)),
    ]
)


def test_hits_by_comment_and_place() -> None:
    responses = batch(texts={"why": ["rude courier, late", "", "fine"], "more": ["", "my bill", ""]})
    assert TAXONOMY.hits(responses) == [
        (
            ThemeHit("staff", "why", 0, 4),
            ThemeHit("delivery", "why", 5, 12),
            ThemeHit("delivery.late", "why", 14, 18),
        ),
        (ThemeHit("group.bill", "more", 3, 7),),
        (),
    ]
    assert TAXONOMY.hits(TextIndex(responses)) == TAXONOMY.hits(responses)


def test_main_theme_is_the_most_specific_then_the_first() -> None:
    late, staff = ThemeHit("delivery.late", "why", 14, 18), ThemeHit("staff", "why", 0, 4)
    assert main_theme([staff, late]) == "delivery.late"
    assert main_theme([staff, ThemeHit("delivery", "why", 5, 12)]) == "staff"
    assert main_theme([]) is None


def test_names_and_ids() -> None:
    assert TAXONOMY.ids == ("delivery", "delivery.late", "staff", "group", "group.bill")
    assert TAXONOMY.name("delivery.late") == "Late delivery"
    assert TAXONOMY.name("gone") == "gone"


@pytest.mark.parametrize(
    ("themes", "message"),
    [
        ([Theme("a", "A", "late"), Theme("a", "B", "rude")], "theme a: the id is used twice"),
        ([Theme("a", "A", "", (Theme("b", "B", "rude"),))], "rename it to a.b"),
        ([Theme("a", "A", "late (")], "theme a: expected"),
        ([Theme("a", "A", "NOT late")], "matches every comment"),
    ],
)
def test_a_wrong_taxonomy_is_refused(themes: list[Theme], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Taxonomy(themes)
