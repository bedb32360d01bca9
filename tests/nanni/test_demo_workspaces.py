from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedback.adapters.files import open_source
from feedback.adapters.great_expectations import GreatExpectationsContract
from feedback.adapters.survey_file import load_surveys
from feedback.parse import parse_batch, role_frame
from nanni.demo.people import STORES
from tickets.adapters.closing_file import load_closing
from tickets.adapters.knowledge_file import load_articles
from tickets.adapters.routing_file import load_routing
from tickets.adapters.sla_file import load_ladder, load_sla
from tickets.adapters.teamwork_file import load_teamwork
from tickets.customer_message import SAMPLE, filled
from tickets.teamwork import Teamwork
from triggers.adapters.policy_file import load_policy
from triggers.adapters.theme_file import load_taxonomy

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.mark.parametrize("name", ["demo", "template"])
def test_every_file_of_a_workspace_loads_and_fits_the_others(name: str) -> None:
    folder = DATA / name
    surveys = load_surveys(folder)
    taxonomy = load_taxonomy(folder / "themes.yaml")
    policy = load_policy(folder / "policy.yaml", surveys, taxonomy)
    routing = load_routing(folder / "routing.yaml")
    sla = load_sla(folder / "sla.yaml", routing)
    people = {member.id for team in routing.teams for member in team.members}
    assert load_ladder(folder / "sla.yaml", sla, routing).steps
    load_closing(folder / "closing.yaml", sla.calendar, routing, "https://desk.example")
    assert {rule.owner for rule in policy.rules} <= people
    for survey in surveys.values():
        assert survey.contract
        GreatExpectationsContract(folder / survey.contract, survey.id).prepare()


def test_there_is_no_python_in_data() -> None:
    assert not list(DATA.rglob("*.py"))


def test_the_store_contract_knows_every_store() -> None:
    assert all(store in (DATA / "demo/contracts/store_nps.json").read_text("utf-8") for store in STORES)


def test_the_template_shows_good_rows_and_two_mistakes() -> None:
    (survey,) = load_surveys(DATA / "template").values()
    (raw,) = open_source(DATA / "template/inbox/store_visits/example.csv", survey).batches(survey, 100)
    result = parse_batch(raw, survey, datetime(2026, 2, 1, tzinfo=UTC))
    assert len(result.batch) == 10
    assert Counter(each.reason.value for each in result.rejected) == {"score_off_scale": 1, "bad_time": 1}
    assert survey.contract
    verdict = GreatExpectationsContract(DATA / "template" / survey.contract, survey.id).check(
        role_frame(raw, survey), raw
    )
    assert [flag.row_number for flag in verdict.flags] == [10]


def test_the_template_shows_articles_messages_and_the_defaults_of_teamwork() -> None:
    folder = DATA / "template"
    assert load_teamwork(folder / "teamwork.yaml") == Teamwork()
    assert [one.title for one in load_articles(folder / "kb")] == ["A visit that went wrong"]
    subject, _ = filled((folder / "replies/thank-you.txt").read_text("utf-8"), SAMPLE, "thank-you.txt")
    assert subject == "Thank you for telling us (N-17)"
