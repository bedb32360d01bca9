"""closing.yaml and the templates of what customers read."""

from datetime import timedelta
from pathlib import Path

import pytest

from feedback.errors import ConfigError
from tests.tickets.builders import ROUTING, SLA
from tickets.adapters.closing_file import load_closing, load_templates
from tickets.calendar import Clock
from tickets.closing import CustomerMessage
from tickets.customer_message import SAMPLE, filled

FILE = """
messages: [acknowledgement, resolution, survey, initiative, reply]
survey: {after: 45m, lasts: 7d, url: "https://feedback.example/"}
reopen: {within: 9d, clock: business, to: hana, unhappy_at_most: 3}
close_after: 5d
checklist: [{id: told, says: The customer knows how it ended.}]
"""


def load(tmp_path: Path, text: str = FILE, desk: str = "") -> object:
    path = tmp_path / "closing.yaml"
    path.write_text(text)
    return load_closing(path, SLA.calendar, ROUTING, desk)


def test_every_line_is_read(tmp_path: Path) -> None:
    (tmp_path / "closing.yaml").write_text(FILE)
    policy = load_closing(tmp_path / "closing.yaml", SLA.calendar, ROUTING)
    assert policy.messages == tuple(CustomerMessage)
    assert (policy.survey_after, policy.survey_lasts) == (timedelta(minutes=45), timedelta(days=7))
    assert (policy.survey_url, policy.senior, policy.unhappy_at_most) == ("https://feedback.example", "hana", 3)
    assert (policy.reopen.clock, policy.reopen.length) == (Clock.BUSINESS, timedelta(hours=72)), "9 days of 8 hours"
    assert (policy.close_after, policy.items) == (timedelta(hours=40), ("told",))


def test_without_the_file_nothing_is_sent(tmp_path: Path) -> None:
    policy = load_closing(tmp_path / "closing.yaml", SLA.calendar, ROUTING)
    assert (policy.messages, policy.close_after, policy.reopen.length) == ((), None, timedelta(hours=72))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("reopen: {to: nobody}", "reopen.to: 'nobody' is in no team"),
        ("messages: [survey]", "survey.url: a survey needs an address"),
        ("messages: [gift]", "acknowledgement"),
        ("checklist: [{id: a, says: A}, {id: a, says: B}]", "stands there twice"),
        ("close_after: soon", "not a duration"),
        ("reopen: {unhappy_at_most: 5}", "less than or equal to 4"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load(tmp_path, text)


def test_the_templates_that_come_with_nanni_can_be_filled(tmp_path: Path) -> None:
    for message, template in load_templates(tmp_path).items():
        subject, text = filled(template, SAMPLE, message)
        if message is CustomerMessage.REPLY:
            assert (subject, text.strip()) == ("Your order", "We changed it."), "what a person wrote goes as it is"
            continue
        assert "N-17" in subject and "Dear Ann Example" in text
        assert (SAMPLE.link in text) is (message is CustomerMessage.SURVEY)
        assert (SAMPLE.words in text) is (message in (CustomerMessage.RESOLUTION, CustomerMessage.INITIATIVE))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("resolution", "Subject\n\nDear {{ nobody }}", "'nobody' is undefined"),
        ("resolution", "Subject\n\n{{ name.__class__.__mro__ }}", "unsafe"),
        ("resolution", "Only a subject", "needs a subject on its first line and a text"),
        ("survey", "Subject\n\nPlease answer.", "does not use {{ link }}"),
    ],
)
def test_a_template_that_cannot_be_used_is_named(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / f"{name}.txt").write_text(text)
    with pytest.raises(ConfigError, match=said):
        load_templates(tmp_path)
