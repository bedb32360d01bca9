from datetime import date
from pathlib import Path

import pytest

from outerloop.between import (
    Days,
    Worked,
    causes_between,
    promises_between,
    responses_between,
    scores_between,
    teams_between,
    themes_between,
    worked_between,
)
from outerloop.rates import nps_interval, wilson
from tests.outerloop.builders import THEMES, ListedFacts, response, ticket
from tests.outerloop.test_reports import day, warehouse

JUNE = Days(date(2025, 6, 1), date(2025, 7, 1))
FACTS = ListedFacts(
    theme_rows=THEMES,
    response_rows=[
        response(1, submitted_at=day(5, 31), score=0.0),
        response(2, submitted_at=day(6, 1, 0), score=10.0, themes=("delivery.late",)),
        response(3, submitted_at=day(6, 30, 23), score=3.0),
        response(4, submitted_at=day(6, 10), score=0.0, status="test"),
        response(5, submitted_at=day(7, 1, 0), score=0.0, themes=("billing",)),
    ],
    ticket_rows=[
        ticket(1, opened_at=day(5, 30), closed_at=day(6, 3), root_cause=None),
        ticket(2, opened_at=day(6, 29), closed_at=day(7, 2)),
        ticket(3, opened_at=day(6, 2), closed_at=day(6, 5), first_touched_at=day(6, 4), team="web"),
        ticket(4, opened_at=day(7, 2), closed_at=day(7, 4)),
    ],
)


def test_only_the_days_asked_for_count_and_test_responses_never(tmp_path: Path) -> None:
    with warehouse(tmp_path, FACTS) as reader:
        assert responses_between(reader, JUNE) == 2
        score = scores_between(reader, JUNE).set_index("scale_kind")
        named = themes_between(reader, JUNE).set_index("theme")
    assert score[["answers", "value"]].to_numpy().tolist() == [[2, 0.0]]
    assert score[["low", "high"]].to_numpy()[0].tolist() == [float(limit) for limit in nps_interval(1, 1, 2)]
    assert (named.mentions["delivery"], named.responses["delivery"], named.mentions["billing"]) == (1, 2, 0)
    assert (named.low["delivery"], named.high["delivery"]) == pytest.approx([float(limit) for limit in wilson(1, 2)])


def test_tickets_in_and_out_of_the_span_by_all_and_by_team(tmp_path: Path) -> None:
    with warehouse(tmp_path, FACTS) as reader:
        assert worked_between(reader, JUNE) == Worked(opened=2, closed=2, reopened=0, standing=1, unnamed=1)
        assert worked_between(reader, JUNE, "web") == Worked(opened=1, closed=1, reopened=0, standing=0, unnamed=0)
        assert teams_between(reader, JUNE) == ["stores", "web"]
        causes = causes_between(reader, JUNE)
    assert causes[["root_cause", "closed", "closed_tickets"]].to_numpy().tolist() == [["process", 1, 1]]


def test_promises_are_of_the_tickets_opened_in_the_span(tmp_path: Path) -> None:
    with warehouse(tmp_path, FACTS) as reader:
        found = promises_between(reader, JUNE).set_index("promise")
        web = promises_between(reader, JUNE, "web").set_index("promise")
    assert found[["tickets", "met", "missed", "pending"]].to_numpy().tolist()[0] == [2, 1, 1, 0]
    assert found.share["first_touch"] == 0.5 and found.median_hours["first_touch"] == 2.0
    assert web[["tickets", "met", "missed"]].to_numpy().tolist()[0] == [1, 0, 1]


def test_a_span_without_anything_has_empty_frames(tmp_path: Path) -> None:
    nothing = Days(date(2025, 1, 1), date(2025, 2, 1))
    with warehouse(tmp_path, FACTS) as reader:
        assert responses_between(reader, nothing) == 0
        assert scores_between(reader, nothing).empty and promises_between(reader, nothing).empty
        assert causes_between(reader, nothing).empty and teams_between(reader, nothing) == []
        assert themes_between(reader, nothing).share.isna().all()
