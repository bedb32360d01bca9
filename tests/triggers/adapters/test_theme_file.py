from pathlib import Path

import pytest

from feedback.errors import ConfigError
from tests.triggers.builders import batch
from triggers.adapters.theme_file import load_taxonomy, theme_schema
from triggers.themes import main_theme

GOOD = """\
themes:
  - id: delivery
    name: Delivery
    keywords: 'deliver* OR courier OR parcel'
    children:
      - {id: delivery.late, name: Late delivery, keywords: 'late OR delay* OR "never arrived"'}
  - {id: till_queue, keywords: queue*}
"""


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "themes.yaml"
    file.write_text(text, "utf-8")
    return file


def test_the_agreed_form_loads(tmp_path: Path) -> None:
    taxonomy = load_taxonomy(write(tmp_path, GOOD))
    assert taxonomy.ids == ("delivery", "delivery.late", "till_queue")
    assert taxonomy.name("till_queue") == "Till queue"
    (hits,) = taxonomy.hits(batch(texts=["The parcel never arrived"]))
    assert main_theme(hits) == "delivery.late"


def test_no_themes_is_an_empty_taxonomy(tmp_path: Path) -> None:
    taxonomy = load_taxonomy(write(tmp_path, "themes: []\n"))
    assert taxonomy.ids == ()
    assert taxonomy.hits(batch(texts=["late"])) == [()]


@pytest.mark.parametrize(
    ("old", "new", "where", "message"),
    [
        ("OR parcel", "OR OR parcel", "themes.yaml:4", "expected a word"),
        ("late OR delay*", "NOT late", "themes.yaml:6", "matches every comment"),
        ("id: delivery.late", "id: late", "theme late", "rename it to delivery.late"),
        ("id: till_queue", "id: delivery", "theme delivery", "used twice"),
        ("name: Delivery", "nmae: Delivery", "themes.yaml:3", "unknown field"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, old: str, new: str, where: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as refused:
        load_taxonomy(write(tmp_path, GOOD.replace(old, new)))
    assert refused.value.where.endswith(where)


def test_schema() -> None:
    assert "ThemeModel" in theme_schema()["$defs"]
