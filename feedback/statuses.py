"""What a source's own status of a response means: to be worked, a test, or not to be trusted."""

from collections.abc import Sequence
from dataclasses import dataclass

from feedback.response import ResponseStatus
from feedback.survey import SourceFormat, SurveyDefinition
from feedback.times import shown

# Qualtrics writes a code or, with "use choice text", its label in English.
_QUALTRICS: dict[str, ResponseStatus | None] = {
    "0": ResponseStatus.LIVE, "ip address": ResponseStatus.LIVE,
    "16": ResponseStatus.LIVE, "offline": ResponseStatus.LIVE,
    "32": ResponseStatus.LIVE, "ex": ResponseStatus.LIVE,
    "4": ResponseStatus.IMPORTED, "imported": ResponseStatus.IMPORTED,
    "1": ResponseStatus.TEST, "survey preview": ResponseStatus.TEST,
    "2": ResponseStatus.TEST, "survey test": ResponseStatus.TEST,
    "9": ResponseStatus.TEST, "preview spam": ResponseStatus.TEST,
    "17": ResponseStatus.TEST, "offline preview": ResponseStatus.TEST,
}  # fmt: skip
_SUSPECT = {
    "8": "spam", "spam": "spam", "12": "imported spam", "imported spam": "imported spam",
    "40": "spam", "ex spam": "spam",
    "48": "offline employee survey", "132": "imported again", "256": "synthetic, not a customer's",
}  # fmt: skip
_UNFINISHED = {"0", "false", "no", "n", "incomplete", "partial", "falsch", "nein", "faux", "non", "falso", "onwaar"}
_ACTIONS = {"accept": ResponseStatus.LIVE, "test": ResponseStatus.TEST, "quarantine": None}


@dataclass(frozen=True, slots=True, eq=False)
class StatusColumn:
    """Status by row (None: not to be trusted) and the sentence why, by position."""

    values: list[ResponseStatus | None]
    faults: dict[int, str]


def parse_statuses(
    survey: SurveyDefinition, count: int, statuses: Sequence[str] | None, completed: Sequence[str] | None
) -> StatusColumn:
    """Status of each of `count` rows from its cleaned status and completed cells (None: not mapped).

    Qualtrics codes have known meanings (Qualtrics' SPSS export header); of other sources every status is live unless
    the survey's `statuses` says otherwise. A live response that was not finished is partial.
    """
    values: list[ResponseStatus | None] = [ResponseStatus.LIVE] * count
    faults: dict[int, str] = {}
    if statuses is not None:
        meaning = {cell: _meaning(survey, cell) for cell in set(statuses)}
        values = [meaning[cell] for cell in statuses]
        faults = {i: _why(survey, cell) for i, cell in enumerate(statuses) if meaning[cell] is None}
    if completed is not None:
        unfinished = {cell for cell in set(completed) if not cell or cell.casefold() in _UNFINISHED}
        for i, cell in enumerate(completed):
            if cell in unfinished and values[i] is ResponseStatus.LIVE:
                values[i] = ResponseStatus.PARTIAL
    return StatusColumn(values, faults)


def _meaning(survey: SurveyDefinition, cell: str) -> ResponseStatus | None:
    own = {status.strip().casefold(): action for status, action in survey.statuses}.get(cell.casefold())
    if own is not None:
        return _ACTIONS[own]
    if survey.source.format is not SourceFormat.QUALTRICS or not cell:
        return ResponseStatus.LIVE
    return _QUALTRICS.get(cell.casefold())


def _why(survey: SurveyDefinition, cell: str) -> str:
    told = _SUSPECT.get(cell.casefold(), "a code this version does not know")
    if any(status.strip().casefold() == cell.casefold() for status, _ in survey.statuses):
        told = "quarantined by the survey file"
    return f'status {shown(cell)} is {told}; to take such rows add statuses: {{"{cell}": accept}} to the survey file'
