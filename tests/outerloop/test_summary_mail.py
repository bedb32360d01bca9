from dataclasses import replace
from datetime import UTC, datetime

from outerloop.monthly import MonthlyReport
from outerloop.monthly_names import Told
from outerloop.summary_mail import summary_message, summary_page
from tickets.adapters.email_message import to_email
from tickets.message import SentBy
from tickets.notice import Audience, summary_notices

NOW = datetime(2025, 12, 2, 7, tzinfo=UTC)
BY = SentBy("nanni@example.org", "Europe/London", "https://desk.example.org/")
(NOTICE,) = summary_notices("2025-11", Audience(), "ben@example.org", NOW)
TOLD = Told(people={"ben": "Ben Ode"}, teams={"stores": "Stores & tills", "web": "Web"}, withheld=True)


def test_a_manager_reads_what_to_do_first_and_their_own_teams(november: MonthlyReport) -> None:
    page = summary_page(november, TOLD, ("stores",), "Ben Ode")
    assert [one.title for one in page.sections][:3] == ["What to do next", "The teams of Ben Ode", "What moved"]
    table = page.sections[1].table
    assert table is not None and [row[0] for row in table.rows] == ["Stores & tills"]
    moved = page.sections[2].table
    assert moved is not None and all(row[3].endswith("clear") for row in moved.rows)
    assert "In customers' words" not in [one.title for one in page.sections]


def test_a_month_without_clear_moves_says_so(november: MonthlyReport) -> None:
    still = replace(november, moved=tuple(line for line in november.moved if not line.share.clear))
    moved = next(one for one in summary_page(still, TOLD, ()).sections if one.title == "What moved")
    assert moved.table is None and moved.lead == "No theme moved more than chance explains."


def test_the_mail_is_the_same_for_every_attempt_and_says_all_in_both_forms(november: MonthlyReport) -> None:
    page = summary_page(november, TOLD, ("stores",), "Ben Ode")
    message = summary_message(NOTICE, page, BY)
    assert message == summary_message(NOTICE, page, BY)
    assert message.subject == "[Nanni] Customer feedback, November 2025"
    mail = to_email(message, message.target)
    assert str(mail["Message-ID"]).startswith("<summary.2025-11.") and mail["X-Nanni-Notice"] == NOTICE.id
    for figure in page.figures:
        assert f"{figure.name}: {figure.value}" in message.text and figure.value in message.html
    assert "Stores & tills" in message.text and "Stores &amp; tills" in message.html
    assert "https://desk.example.org/outer-loop" in message.text
    assert max(len(line) for line in message.text.splitlines()) <= 90
    assert "<img" not in message.html and "<script" not in message.html
