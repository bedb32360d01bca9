"""A Data Docs page: how a batch keeps its contract, as one HTML file without any customer value.

Great Expectations' own site is not used: its pages fetch scripts from several hosts and an image whose address carries
the context's id, and read badly without a network. This page is made from the same validation results.
"""

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined

from feedback.adapters.great_expectations import GreatExpectationsContract
from feedback.contract import ExpectationSummary

if TYPE_CHECKING:
    import pandas as pd


def write_data_docs(contract: GreatExpectationsContract, frame: "pd.DataFrame", out_dir: Path) -> Path:
    """Check a role frame and write `<survey>.html` into the folder; returns the page.

    The page holds the suite's own words and counts, nothing of the frame's cells. Raises ContractFault when an
    expectation errors.
    """
    summaries = contract.summarise(frame)
    out_dir.mkdir(parents=True, exist_ok=True)
    page = out_dir / f"{contract.survey_id}.html"
    page.write_text(render_data_docs(contract.survey_id, contract.suite.name, len(frame), summaries), "utf-8")
    return page


def render_data_docs(survey: str, suite: str, rows: int, summaries: tuple[ExpectationSummary, ...]) -> str:
    """The page as HTML."""
    template = resources.files("feedback.adapters").joinpath("data_docs.html.j2").read_text("utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(template).render(
        survey=survey,
        suite=suite,
        rows=rows,
        summaries=summaries,
        kept=sum(summary.kept for summary in summaries),
    )
