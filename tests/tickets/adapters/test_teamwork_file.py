from pathlib import Path

import pytest

from feedback.errors import ConfigError
from tickets.adapters.teamwork_file import load_teamwork
from tickets.attachments import Limits
from tickets.teamwork import Teamwork


def test_a_workspace_may_do_without(tmp_path: Path) -> None:
    assert load_teamwork(tmp_path / "teamwork.yaml") == Teamwork()
    assert Teamwork().tag(" REFUND ") == "refund"
    assert "goodwill" in Teamwork().rivals("refund") and "refund" not in Teamwork().rivals("refund")


def test_tags_and_limits_are_read(tmp_path: Path) -> None:
    path = tmp_path / "teamwork.yaml"
    path.write_text(
        "tags: {resolution: [refund], product: [lamp]}\n"
        "attachments: {max_megabytes: 0.5, files: 2, types: [image/png]}\n"
    )
    found = load_teamwork(path)
    assert found.attachments == Limits(500_000, 2, ("image/png",))
    assert found.tag("lamp") == "lamp" and found.rivals("lamp") == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("tags: {resolution: [refund], product: [refund]}", "tag 'refund' is named twice"),
        ("tags: {resolution: [Two words]}", "tags.resolution.0"),
        ("attachments: {max_megabytes: 0}", "attachments.max_megabytes"),
        ("attachment: {}", "unknown field"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "teamwork.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=told):
        load_teamwork(path)
