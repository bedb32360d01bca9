"""The data contract of each survey: the suite its file names, or the default promises."""

from pathlib import Path

from feedback.adapters.great_expectations import GreatExpectationsContract
from feedback.columns import role_columns
from feedback.contract import default_suite
from feedback.survey import SurveyDefinition

FIXED_ROLES = ("_row", "response_id", "submitted_at", "status")


def contract_for(survey: SurveyDefinition, workspace: Path) -> GreatExpectationsContract:
    """The survey's contract. Raises ConfigError when its suite cannot be read or names an unknown column."""
    suite = workspace / survey.contract if survey.contract else default_suite(survey)
    contract = GreatExpectationsContract(suite, survey.id)
    contract.check_columns(roles(survey))
    return contract


def roles(survey: SurveyDefinition) -> frozenset[str]:
    """Every column name a suite of this survey may use."""
    defaults = [name for name, value in (("language", survey.language), ("channel", survey.channel)) if value]
    return frozenset((*FIXED_ROLES, *role_columns(survey.mapping), *defaults))
