"""Routes and targets for surveys and themes that nobody has are told with their line."""

from pathlib import Path

from nanni.dead_ends import dead_ends
from nanni.settings import load_settings
from nanni.workspace import load_workspace
from tests.workspaces import make_workspace

ROUTING = """
teams: [{id: care, members: [{id: ben, email: b@example.org}, {id: amira, email: a@example.org}]}]
routes:
  - {when: {survey: nps}, team: care}
  - when:
      survey: store_visits
    team: care
  - {when: {theme: [delivery, parking]}, team: care}
fallback: {team: care, owner: ben}
"""


def told(folder: Path) -> list[str]:
    return dead_ends(load_workspace(load_settings(folder, {})))


def test_a_workspace_whose_names_are_all_there_has_none(tmp_path: Path) -> None:
    assert told(make_workspace(tmp_path / "ws")) == []


def test_routes_and_targets_that_can_take_no_ticket_are_told_with_their_line(tmp_path: Path) -> None:
    folder = make_workspace(tmp_path / "ws")
    (folder / "routing.yaml").write_text(ROUTING.lstrip())
    sla = folder / "sla.yaml"
    text = sla.read_text()
    line = text[: text.index("targets:")].count("\n") + 1
    old = "targets:\n  - {priority: high, survey: old_csat, first_touch: 1h, resolution: 2d, clock: business}"
    sla.write_text(text.replace("targets:", old))
    themes = "delivery, delivery.late, staff"
    assert told(folder) == [
        f"{folder / 'routing.yaml'}:5: no survey is called 'store_visits' (there is nps); no ticket goes this way",
        f"{folder / 'routing.yaml'}:7: no theme is called 'parking' (there are {themes}); no ticket goes this way",
        f"{sla}:{line}: no survey is called 'old_csat' (there is nps); no ticket has this target",
    ]
