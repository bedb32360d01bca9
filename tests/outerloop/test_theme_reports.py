from pathlib import Path

import numpy as np
import pytest

from outerloop.rates import wilson
from outerloop.theme_reports import (
    closed_themes_by_period,
    theme_nps_impact,
    theme_root_causes,
    themes_by_period,
    themes_ranked,
    without_theme,
)
from tests.outerloop.builders import THEMES, ListedFacts, response, ticket
from tests.outerloop.test_reports import day, warehouse

SAID = [
    response(1, themes=("delivery.late", "delivery", "delivery.late")),
    response(2, themes=("delivery.damaged",), survey="web_csat"),
    response(3, themes=("billing",)),
    response(4),
    response(5, themes=("billing",), status="test"),
]
CLOSED = [
    ticket(1, theme="delivery.late", root_cause="third_party"),
    ticket(2, theme="delivery", root_cause="third_party"),
    ticket(3, theme="billing", root_cause=None),
    ticket(4, theme=None, root_cause="people"),
    ticket(5, theme="billing", closed_at=None),
]
FACTS = ListedFacts(theme_rows=THEMES, response_rows=SAID, ticket_rows=CLOSED)


def test_a_mention_counts_once_for_each_theme_above_it(tmp_path: Path) -> None:
    with warehouse(tmp_path, FACTS) as reader:
        found = themes_ranked(reader).set_index("theme")
    assert found.mentions.to_dict() == {
        "delivery": 2, "billing": 1, "delivery.damaged": 1, "delivery.late": 1, "price": 0, "staff": 0, "staff.rude": 0,
    }  # fmt: skip
    assert set(found.responses) == {4}
    assert (found.low["delivery"], found.high["delivery"]) == wilson(2, 4)
    assert list(found.index[:2]) == ["delivery", "billing"]


def test_closed_tickets_have_their_own_share_beside_it(tmp_path: Path) -> None:
    with warehouse(tmp_path, FACTS) as reader:
        found = themes_ranked(reader).set_index("theme")
    assert set(found.closed_tickets) == {4}
    assert found.closed[["delivery", "delivery.late", "billing", "staff"]].tolist() == [2, 1, 1, 0]
    assert (found.closed_low["billing"], found.closed_high["billing"]) == wilson(1, 4)


def test_ranking_of_one_survey(tmp_path: Path) -> None:
    with warehouse(tmp_path, FACTS) as reader:
        found = themes_ranked(reader, "web_csat").set_index("theme")
    assert (found.mentions["delivery"], found.responses["delivery"], found.closed_tickets["delivery"]) == (1, 1, 0)
    assert np.isnan(found.closed_share["delivery"])


def test_what_names_no_theme_says_why(tmp_path: Path) -> None:
    rows = [
        *SAID,
        response(6, has_comment=False),
        response(7, has_comment=False, survey="web_csat"),
        response(8, sentiment="neutral"),
    ]
    with warehouse(tmp_path, ListedFacts(theme_rows=THEMES, response_rows=rows)) as reader:
        found = without_theme(reader).set_index("reason")
        web = without_theme(reader, "web_csat")
    assert found.without.to_dict() == {"no comment": 2, "none found": 1, "not read": 1}
    assert set(found.responses) == {7} and (found.low["no comment"], found.high["no comment"]) == wilson(2, 7)
    assert web[["reason", "without", "responses"]].to_numpy().tolist() == [["no comment", 1, 2]]


def test_every_theme_has_every_period(tmp_path: Path) -> None:
    rows = [
        response(1, submitted_at=day(1, 5), themes=("price",)),
        response(2, submitted_at=day(1, 6)),
        response(3, submitted_at=day(3, 7)),
    ]
    with warehouse(tmp_path, ListedFacts(theme_rows=THEMES, response_rows=rows)) as reader:
        found = themes_by_period(reader)
    assert len(found) == 2 * len(THEMES)
    price = found[found.theme == "price"]
    assert price.mentions.tolist() == [1, 0]
    assert price.responses.tolist() == [2, 1]
    assert price.share.tolist() == [0.5, 0]


def test_closed_themes_belong_to_the_period_in_which_they_closed(tmp_path: Path) -> None:
    rows = [ticket(1, theme="price", opened_at=day(1, 30)), ticket(2, theme="billing", opened_at=day(2, 10))]
    with warehouse(tmp_path, ListedFacts(theme_rows=THEMES, ticket_rows=rows)) as reader:
        found = closed_themes_by_period(reader)
    price = found[found.theme == "price"].iloc[0]
    assert (f"{price.period:%Y-%m}", price.closed, price.closed_tickets, price.share) == ("2025-02", 1, 2, 0.5)


def test_impact_equals_the_difference_it_is_defined_as(tmp_path: Path) -> None:
    scores = [
        (2, ("delivery.late",)),
        (5, ("delivery.damaged",)),
        (9, ("delivery",)),
        (10, ()),
        (9, ("staff",)),
        (7, ()),
    ]
    rows = [response(n, score=score, themes=themes) for n, (score, themes) in enumerate(scores, start=1)]
    with warehouse(tmp_path, ListedFacts(theme_rows=THEMES, response_rows=rows)) as reader:
        found = theme_nps_impact(reader).set_index("theme")
    # All six: 3 promoters, 2 detractors. Without delivery: 2 promoters of 3.
    assert found.impact["delivery"] == pytest.approx(100 * (1 / 6 - 2 / 3))
    assert (found.answers["delivery"], found.share["delivery"]) == (3, 0.5)
    assert found.nps_with["delivery"] == pytest.approx(-100 / 3)
    assert found.nps_without["delivery"] == pytest.approx(200 / 3)
    assert (found.low < found.impact).all() and (found.impact < found.high).all()
    assert found.index[0] == "delivery" and "price" not in found.index


def test_root_causes_within_top_themes(tmp_path: Path) -> None:
    with warehouse(tmp_path, FACTS) as reader:
        found = theme_root_causes(reader)
    assert found[["name", "root_cause", "closed", "closed_in_theme"]].to_numpy().tolist() == [
        ["Delivery", "third_party", 2, 2],
        ["Billing", "not given", 1, 1],
        ["no theme", "people", 1, 1],
    ]
    assert (found.low[0], found.high[0]) == wilson(2, 2)


def test_root_causes_one_level_down(tmp_path: Path) -> None:
    with warehouse(tmp_path, FACTS) as reader:
        found = theme_root_causes(reader, level=2)
    assert found.name.tolist() == ["Late delivery", "no theme"]
    assert found.closed.sum() == 2


def test_no_facts_give_empty_frames(tmp_path: Path) -> None:
    with warehouse(tmp_path, ListedFacts()) as reader:
        for report in (themes_ranked, themes_by_period, closed_themes_by_period, theme_nps_impact, theme_root_causes):
            found = report(reader)
            assert found.empty
            assert {"low", "high"} <= set(found.columns)
