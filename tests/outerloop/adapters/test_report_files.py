import re
from datetime import UTC, datetime

import altair as alt
import pandas as pd
import pytest

from outerloop.adapters.drawing import drawn
from outerloop.adapters.report_html import html_of
from outerloop.adapters.report_pdf import pdf_of
from outerloop.page import Chart, Figure, Page, Quotes, Section, Table

MADE = datetime(2026, 1, 10, 9, tzinfo=UTC)
# What a customer may write: markup of HTML and of Typst, another script, a lone backslash.
ODD = '<script>alert(1)</script> #panic("x") $ *star* _under_ @ref \\ مرحبا “ß” & <b>'
PAGE = Page(
    title="Customer feedback, November 2025",
    subtitle="Compared with October.",
    warning="November 2025 is not complete.",
    figures=(Figure("Responses", "1,234", "900 a month before"), Figure("NPS", "+12")),
    sections=(
        Section("What to do next", items=("Find out why.", ODD)),
        Section(
            "What moved",
            "A lead.",
            table=Table(("Theme", "This month"), (("Late delivery", "8.1 % [6.2, 10.4]"), (ODD, "–"))),
            chart=Chart("moved", "Shares"),
            notes=("A note.",),
        ),
        Section("In customers' words", quotes=(Quotes("Late delivery", (ODD,)),)),
        Section("Not drawn", chart=Chart("missing", "Nothing")),
    ),
    footer="Made by Nanni.",
)


@pytest.fixture(scope="module")
def charts() -> dict[str, str]:
    frame = pd.DataFrame({"theme": ["Late delivery", "Prix & été"], "share": [0.1, 0.2]})
    return drawn({"moved": alt.Chart(frame).mark_bar().encode(x="share:Q", y="theme:N")})


def test_the_html_loads_nothing_runs_nothing_and_escapes_what_customers_wrote(charts: dict[str, str]) -> None:
    text = html_of(PAGE, charts)
    assert not re.search(r"(?:src|href)=\"(?!data:)", text) and "url(" not in text and "@import" not in text
    assert "<script" not in text and text.count("&lt;script&gt;") >= 3
    assert "default-src 'none'" in text


def test_the_html_names_each_cell_for_a_phone_and_each_chart_for_who_cannot_see(charts: dict[str, str]) -> None:
    text = html_of(PAGE, charts)
    assert '<td data-label="This month">8.1 % [6.2, 10.4]</td>' in text
    assert len(re.findall(r'<img src="data:image/svg\+xml;base64,[^"]+" alt="Shares">', text)) == 1
    assert "Not drawn" in text and "not complete" in text


def test_charts_have_the_house_look_and_leave_the_look_of_others_alone(charts: dict[str, str]) -> None:
    assert "#E5E7EB" in charts["moved"]
    assert alt.theme.active != "nanni"


def test_the_pdf_has_its_charts_as_vectors_takes_any_words_and_is_the_same_each_time(charts: dict[str, str]) -> None:
    made = pdf_of(PAGE, charts, MADE)
    assert made.startswith(b"%PDF-") and made.rstrip().endswith(b"%%EOF")
    assert b"/Subtype/Image" not in made and b"/Subtype/Form" in made
    assert pdf_of(PAGE, charts, MADE) == made
