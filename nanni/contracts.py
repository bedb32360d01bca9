"""The data contract of each survey: the suite its file names, or the default promises."""

from pathlib import Path

import pandas as pd

from feedback.adapters.data_docs import write_data_docs
from feedback.adapters.files import open_source
from feedback.adapters.great_expectations import GreatExpectationsContract
from feedback.columns import role_columns
from feedback.contract import default_suite
from feedback.errors import SourceError
from feedback.parse import role_frame
from feedback.survey import SurveyDefinition

PAGE = 50_000
FIXED_ROLES = ("_row", "response_id", "submitted_at", "status")


def contract_for(survey: SurveyDefinition, workspace: Path) -> GreatExpectationsContract:
    """The survey's contract. Raises ConfigError when its suite cannot be read or names an unknown column."""
    suite = workspace / survey.contract if survey.contract else default_suite(survey)
    contract = GreatExpectationsContract(suite, survey.id)
    contract.check_columns(roles(survey))
    return contract


def document_file(survey: SurveyDefinition, workspace: Path, file: Path, out: Path) -> Path:
    """A Data Docs page about one file, read whole; returns the page. Raises SourceError for an unusable file."""
    batches = open_source(file, survey).batches(survey, PAGE)
    frames = [role_frame(raw, survey) for raw in batches]
    if not frames:
        raise SourceError("the file has no rows", where=str(file), next_step="take a file with answers")
    return write_data_docs(contract_for(survey, workspace), pd.concat(frames, ignore_index=True), out)


def roles(survey: SurveyDefinition) -> frozenset[str]:
    """Every column name a suite of this survey may use."""
    defaults = [name for name, value in (("language", survey.language), ("channel", survey.channel)) if value]
    return frozenset((*FIXED_ROLES, *role_columns(survey.mapping), *defaults))
