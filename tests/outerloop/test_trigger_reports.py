from dataclasses import replace
from pathlib import Path

import altair as alt
import pandas as pd
import pytest

from outerloop import trigger_charts as charts
from outerloop.rates import wilson
from outerloop.trigger_reports import (
    quiet_negatives,
    quiet_sample,
    rules_by_period,
    rules_ranked,
    sentiment_drift,
    unread_comments,
)
from tests.outerloop.builders import THEMES, ListedFacts, response, ticket
from tests.outerloop.builders import _events as events_of
from tests.outerloop.test_reports import day, warehouse

NEGATIVE = {"sentiment": "negative", "negative": 0.9, "neutral": 0.05, "positive": 0.05}
POSITIVE = {"sentiment": "positive", "negative": 0.05, "neutral": 0.05, "positive": 0.9}
UNSURE = {"sentiment": "positive", "negative": 0.3, "neutral": 0.2, "positive": 0.5}


def test_a_rule_is_as_right_as_its_closed_tickets_were_faults(tmp_path: Path) -> None:
    tickets = [
        ticket(1, rule="angry"), ticket(2, rule="angry", root_cause="not_a_fault"), ticket(3, rule="angry"),
        ticket(4, rule="angry", status="open", closed_at=None, root_cause=None),
        ticket(5, rule="angry", root_cause=None), ticket(6, rule="quiet_leaver", root_cause="not_a_fault"),
    ]  # fmt: skip
    events = [event for one in tickets for event in events_of(one)]
    events += [replace(events[0], sequence=90, kind="escalated"), replace(events[0], sequence=91, kind="escalated")]
    events += [replace(next(e for e in events if e.ticket == "N-3"), sequence=92, kind="reopened")]
    with warehouse(tmp_path, ListedFacts(ticket_rows=tickets, event_rows=events)) as reader:
        found = rules_ranked(reader)
        strict = rules_ranked(reader, not_valid=("process",))
    angry, leaver = found.to_dict("records")
    assert [angry[name] for name in ("rule", "tickets", "closed", "valid")] == ["angry", 5, 3, 2]
    assert [angry["low"], angry["high"]] == [float(limit) for limit in wilson(2, 3)]
    assert (angry["escalated"], angry["reopened"], angry["reopened_share"]) == (1, 1, 0.2)
    assert (leaver["precision"], leaver["escalated"]) == (0.0, 0)
    assert strict.valid.tolist() == [1, 1]


def test_tickets_by_rule_and_month(tmp_path: Path) -> None:
    tickets = [ticket(1, rule="a", opened_at=day(6, 3)), ticket(2, rule="a", opened_at=day(7, 3)), ticket(3, rule="b")]
    rows = [response(1, submitted_at=day(6, 1)), response(2, submitted_at=day(7, 31))]
    with warehouse(tmp_path, ListedFacts(ticket_rows=tickets, response_rows=rows)) as reader:
        found = rules_by_period(reader)
    assert found.assign(month=found.period.dt.month)[["rule", "month", "tickets"]].to_numpy().tolist() == [
        ["a", 6, 1], ["a", 7, 1], ["b", 6, 1]
    ]  # fmt: skip
    assert not found.partial.any()


def test_what_was_not_read_is_counted_by_language(tmp_path: Path) -> None:
    rows = [
        response(1, **NEGATIVE), response(2, language="de"), response(3, language="de", disposition="held"),
        response(4, language=None), response(5, language="de", has_comment=False), response(6, status="test"),
    ]  # fmt: skip
    with warehouse(tmp_path, ListedFacts(response_rows=rows)) as reader:
        found = unread_comments(reader)
    assert found[["language", "commented", "unread", "held"]].to_numpy().tolist() == [
        ["de", 2, 2, 1], ["not given", 1, 1, 0], ["en", 1, 0, 0]
    ]  # fmt: skip


def test_sentiment_is_held_against_the_first_whole_months(tmp_path: Path) -> None:
    rows = [
        response(1000 * month + number, submitted_at=day(month, 1 + number % 28, 1), **(NEGATIVE if odd else POSITIVE))
        for month in range(1, 6)
        for number in range(120)
        for odd in [number % 3 == 0 or (month == 5 and number % 3 == 1)]
    ]
    rows += [response(9000, submitted_at=day(5, 31), **UNSURE), response(9001, submitted_at=day(1, 1), status="test")]
    with warehouse(tmp_path, ListedFacts(response_rows=rows)) as reader:
        found = sentiment_drift(reader)
        short = sentiment_drift(reader, reference=9)
    assert found.state.tolist() == ["", "", "", "steady", found.state.iloc[4]] and "another" in found.state.iloc[4]
    assert found.negative.round(3).tolist() == [0.333, 0.333, 0.333, 0.333, pytest.approx(80 / 121, abs=5e-4)]
    assert found.unsure.iloc[4] == pytest.approx(1 / 121) and found["index"].iloc[3] == pytest.approx(0, abs=1e-9)
    assert short.p.isna().all()


def test_quiet_and_negative_is_counted_and_sampled_the_same_each_time(tmp_path: Path) -> None:
    rows = [response(number, score=9.0, themes=("delivery.late", "price"), **NEGATIVE) for number in range(1, 31)]
    rows += [response(40, score=9.0, **POSITIVE), response(41, score=None, **NEGATIVE)]
    rows += [response(42, disposition="opened", **NEGATIVE), response(43)]
    with warehouse(tmp_path, ListedFacts(theme_rows=THEMES, response_rows=rows)) as reader:
        counted = quiet_negatives(reader)
        sample, again, other = quiet_sample(reader, 5), quiet_sample(reader, 5), quiet_sample(reader, 5, seed=2)
    assert counted[["band", "quiet", "negative"]].to_numpy().tolist() == [["promoter", 31, 30], ["no score", 1, 1]]
    pd.testing.assert_frame_equal(sample, again)
    assert len(sample) == 5 and set(other.response_id) != set(sample.response_id)
    assert "Late delivery, Price" in set(sample.themes)


def test_an_empty_warehouse_has_empty_frames_and_charts_that_say_so(tmp_path: Path) -> None:
    with warehouse(tmp_path, ListedFacts()) as reader:
        drawn = (
            charts.rule_volume(rules_by_period(reader)), charts.rule_precision(rules_ranked(reader)),
            charts.rule_trouble(rules_ranked(reader)), charts.unread(unread_comments(reader)),
            charts.drift(sentiment_drift(reader)), charts.quiet(quiet_negatives(reader)),
        )  # fmt: skip
        assert quiet_sample(reader).empty
    assert all(isinstance(chart, alt.Chart) and chart.mark.type == "text" for chart in drawn)
