"""Teams and absences set up at the desk: written into routing.yaml, checked whole, refused when somebody was faster."""

import re

import pytest

from nanni.wiring import wire
from tests.desk.site import ROUTING, Browser, Desk

PAGE = "/settings/teams"


def send(browser: Browser, path: str, version: str = "", **data: str) -> tuple[int, str]:
    found = re.search(r'name="version" value="(\w+)"', browser.get(PAGE).text)
    given = version or (found.group(1) if found else "")
    answer = browser.post(f"{PAGE}/{path}", {"version": given, **data})
    text = browser.get(PAGE).text if answer.status_code == 303 else answer.text
    return answer.status_code, text


def file(desk: Desk) -> str:
    return (desk.parts.workspace.folder / "routing.yaml").read_text("utf-8")


def test_an_absence_is_entered_routes_around_and_is_called_off(desk: Desk) -> None:
    amira, span = desk.browser("amira"), {"member": "amira", "from": "2026-03-09", "until": "2026-03-13"}
    status, text = send(amira, "absences", delegate="ben", hands_over="1", **span)
    assert status == 303 and "The absence is in routing.yaml." in text and "away now" in text
    assert desk.parts.workspace.routing.away(desk.clock()) == ["amira"]
    assert wire(desk.parts.workspace.folder, desk.clock).workspace.routing.away(desk.clock()) == ["amira"]
    assert "Away until" in desk.browser("ben").get("/teams").text
    assert desk.parts.workspace.routing.roster.stand_in("amira", desk.clock()) == "ben"
    assert send(amira, "absences/drop", **span)[0] == 303
    assert desk.parts.workspace.routing.away(desk.clock()) == [] and "absences" not in file(desk)
    assert "absence dropped" in desk.browser("mona").get("/audit").text


def test_members_capacity_and_leads_are_changed_and_the_rest_of_the_file_stays(desk: Desk) -> None:
    ben = desk.browser("ben")
    assert send(ben, "members/change", team="care", member="amira", capacity="7")[0] == 303
    assert send(ben, "leaders", team="care", lead="ben", manager="")[0] == 303
    new = {"id": "dora", "name": "Dora", "email": "dora@example.org", "capacity": "5"}
    assert send(ben, "members", team="care", **new)[0] == 303
    routing = desk.parts.workspace.routing
    assert (routing.member("amira").capacity, routing.lead("care"), routing.member("dora").email) == (
        7, "ben", "dora@example.org",
    )  # fmt: skip
    assert "Dora" in ben.get("/teams").text and "Dora" in ben.get("/inbox").text
    assert send(ben, "members/drop", team="care", member="dora")[0] == 303
    assert desk.parts.workspace.routing.home("dora") is None
    told = file(desk).splitlines()
    assert [line for line in ROUTING.strip().splitlines() if line not in told] == [
        "      - {id: amira, name: Amira Khan, email: amira@example.org, capacity: 100}"
    ]


def test_a_team_is_made_and_renamed_and_outlives_the_desk(desk: Desk) -> None:
    mona, ben = desk.browser("mona"), desk.browser("ben")
    assert send(mona, "add", id="web", name=" Web  shop ", member="ben")[0] == 303
    assert send(ben, "rename", team="care", name="Customer care")[0] == 303
    for workspace in (desk.parts.workspace, wire(desk.parts.workspace.folder, desk.clock).workspace):
        teams = {team.id: team.name for team in workspace.routing.teams}
        assert teams == {"care": "Customer care", "shops": "Shops", "web": "Web shop"}
    assert "Web shop" in mona.get("/teams").text and "team renamed" in mona.get("/audit").text
    assert set(ROUTING.strip().splitlines()) - set(file(desk).splitlines()) == {"    name: Care"}
    assert send(mona, "add", id="web", name="Again", member="ben")[0] == 422
    assert send(mona, "add", id="app", name="App", member="nobody")[0] == 404
    assert send(ben, "add", id="app", name="App", member="ben")[0] == 403
    assert send(ben, "rename", team="shops", name="Mine")[0] == 403
    assert send(mona, "rename", team="care", name=" ")[0] == 422
    assert 'id="new-team"' in mona.get(PAGE).text and 'id="new-team"' not in ben.get(PAGE).text


@pytest.mark.parametrize(
    ("path", "data", "said"),
    [
        ("absences", {"member": "ben", "from": "2026-03-20", "until": "2026-03-10"}, "ends before it starts"),
        ("absences", {"member": "ben", "from": "soon", "until": "2026-03-10"}, "no day"),
        ("members/change", {"team": "care", "member": "ben", "capacity": "0"}, "greater than or equal to 1"),
        ("members", {"team": "care", "id": "x", "name": "X", "email": "nobody", "capacity": "1"}, "not a mail"),
        ("members", {"team": "care", "id": "ben", "name": "X", "email": "x@y.org", "capacity": "1"}, "twice"),
        ("members", {"team": "care", "id": "a b", "name": "X", "email": "x@y.org", "capacity": "1"}, "an id is"),
        ("members/drop", {"team": "care", "member": "amira"}, "holds live tickets"),
        ("members/drop", {"team": "care", "member": "nobody"}, "nobody called"),
        ("leaders", {"team": "care", "lead": "nobody", "manager": ""}, "unknown member"),
    ],
)
def test_what_would_not_load_is_refused_in_words_and_changes_nothing(
    shared: Desk, path: str, data: dict[str, str], said: str
) -> None:
    shared.clock.pass_by(seconds=2)
    before = file(shared)
    status, text = send(shared.browser("ben"), path, **data)
    assert status in (404, 422) and said in text.lower(), text
    assert str(shared.parts.workspace.folder) not in text
    assert file(shared) == before
    assert not list(shared.parts.workspace.folder.glob("*.new.yaml"))


def test_everybody_stays_within_their_teams_and_agents_with_themselves(shared: Desk) -> None:
    ben, cleo, vera = shared.browser("ben"), shared.browser("cleo"), shared.browser("vera")
    span = {"from": "2026-03-10", "until": "2026-03-10"}
    assert 'id="team-care"' in ben.get(PAGE).text and 'id="team-shops"' not in ben.get(PAGE).text
    assert send(ben, "members/change", team="shops", member="cleo", capacity="1")[0] == 403
    assert send(ben, "absences", member="cleo", **span)[0] == 403
    assert send(cleo, "absences", member="ben", **span)[0] == 403
    assert send(cleo, "leaders", team="shops", lead="cleo", manager="")[0] == 403
    assert vera.get(PAGE).status_code == 403


def test_who_looked_at_an_older_file_is_told(desk: Desk) -> None:
    ben = desk.browser("ben")
    old = re.findall(r'name="version" value="(\w+)"', ben.get(PAGE).text)[0]
    path = desk.parts.workspace.folder / "routing.yaml"
    path.write_text(file(desk).replace("capacity: 100", "capacity: 50"), "utf-8")
    status, text = send(ben, "members/change", old, team="care", member="ben", capacity="9")
    assert status == 409 and "changed routing.yaml meanwhile" in text.lower()
    assert 'value="50"' in ben.get(PAGE).text  # what was changed by hand is taken up
    path.write_text("teams: []", "utf-8")
    page = ben.get(PAGE)
    assert "does not load" in page.text and 'value="50"' in page.text
