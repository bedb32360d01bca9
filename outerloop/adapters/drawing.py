"""Charts as pictures without a browser: SVG for pages, PDF for print, drawn by vl-convert with the fonts it carries."""

from collections.abc import Mapping

import altair as alt
import vl_convert

import outerloop.chart_parts  # noqa: F401 - registers the house look


def drawn(charts: Mapping[str, alt.TopLevelMixin]) -> dict[str, str]:
    """Each chart as SVG in the house look."""
    with alt.theme.enable("nanni"):
        return {name: vl_convert.vegalite_to_svg(chart.to_dict()) for name, chart in charts.items()}


def printable(svg: str) -> bytes:
    """A drawn chart as a PDF of its own, for a page to take in."""
    found: bytes = vl_convert.svg_to_pdf(svg)
    return found
