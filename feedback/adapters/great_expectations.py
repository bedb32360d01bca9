"""The contract run by Great Expectations on one batch at a time.

A batch is first judged without rows (BOOLEAN_ONLY), and only expectations that were broken are run again for their
rows: COMPLETE results for all cost five times as much. Rows come back by the frame's index, which holds the row
numbers; asked for by column name, Great Expectations looks up every cell on its own. It also hashes the whole frame
for every validator, so both passes share one, and it gets only the columns that the suite reads. The library is
imported at first use: it takes seconds on a cold disk.
"""

import os
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from feedback.adapters.suite_file import load_suite
from feedback.contract import Expectation, ExpectationSummary, Severity, Suite
from feedback.errors import ConfigError, ContractFault, SourceError
from feedback.rows import ContractVerdict, Flag, RawBatch, Reason, Rejection

ROW = "_row"
_BOOLEAN: dict[str, Any] = {"result_format": "BOOLEAN_ONLY"}
_COUNTS: dict[str, Any] = {"result_format": "SUMMARY", "partial_unexpected_count": 0}
_ROWS: dict[str, Any] = {
    "result_format": "COMPLETE",
    "return_unexpected_index_query": False,
    "partial_unexpected_count": 0,
}
_VALUE_LENGTH = 60


@dataclass(slots=True)
class _Broken:
    """What one row broke, gathered over the expectations."""

    critical: list[str] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)


class GreatExpectationsContract:
    """A survey's contract: built once, checked on every batch."""

    def __init__(self, suite: Path | Suite, survey_id: str) -> None:
        self.suite = suite if isinstance(suite, Suite) else load_suite(suite)
        self.survey_id = survey_id
        self._where = f"{suite if isinstance(suite, Path) else self.suite.name} (contract of survey {survey_id})"

    def check_columns(self, roles: Collection[str]) -> None:
        """Raise ConfigError when the suite reads a column that is no role of the survey."""
        self.suite.check_columns(roles, self._where)

    def prepare(self) -> None:
        """Import the engine and build the suite now. Raises ConfigError for an unknown type or wrong arguments."""
        _ = self._batches, self._built

    def check(self, frame: pd.DataFrame, raw: RawBatch) -> ContractVerdict:
        """Row-level verdicts on a role frame whose `_row` holds row numbers of `raw`.

        A row that breaks critical expectations is one Rejection that lists them all; warnings become flags, with row
        number 0 when they are about the whole batch. With `mostly`, rows count only once the share is missed.
        Raises ContractFault when an expectation itself errors, and SourceError when a critical promise about the whole
        batch is broken.
        """
        if frame.empty or not self.suite.expectations:
            return ContractVerdict()
        validator = self._validator(frame)
        first = self._run(validator, range(len(self.suite.expectations)), _BOOLEAN)
        failed = [index for index, result in first.items() if not result.success]
        if not failed:
            return ContractVerdict()
        found: dict[int, _Broken] = {}
        for index, result in self._run(validator, failed, _ROWS).items():
            self._gather(self.suite.expectations[index], result.result, frame, found)
        return _verdict(found, frame, raw)

    def summarise(self, frame: pd.DataFrame) -> tuple[ExpectationSummary, ...]:
        """Counts by expectation, without any value of the frame. Raises ContractFault when an expectation errors."""
        if frame.empty:
            return ()
        results = self._run(self._validator(frame), range(len(self.suite.expectations)), _COUNTS)
        return tuple(
            ExpectationSummary(
                self.suite.expectations[index],
                bool(result.success),
                result.result.get("element_count"),
                int(result.result.get("missing_count") or 0),
                int(result.result.get("unexpected_count") or 0),
            )
            for index, result in sorted(results.items())
        )

    def _gather(
        self, expectation: Expectation, result: Mapping[str, Any], frame: pd.DataFrame, found: dict[int, _Broken]
    ) -> None:
        rows = result.get("unexpected_index_list")
        if rows is None:
            self._whole_batch(expectation, result, found)
            return
        values = frame.set_index(ROW).loc[rows, list(expectation.columns())].itertuples(index=False)
        for number, cells in zip(rows, values, strict=True):
            message = expectation.sentence(", ".join(text for cell in cells if (text := _text(cell))))
            broken = found.setdefault(int(number), _Broken())
            if expectation.severity is Severity.CRITICAL:
                broken.critical.append(message)
            else:
                broken.flags.append(Flag(int(number), expectation.name, message))

    def _whole_batch(self, expectation: Expectation, result: Mapping[str, Any], found: dict[int, _Broken]) -> None:
        if "unexpected_count" in result:
            raise ContractFault(f"{expectation.name} gives no row-level result", where=self._where)
        message = expectation.sentence(_text(result.get("observed_value")))
        if expectation.severity is Severity.CRITICAL:
            raise SourceError(
                f"the batch as a whole breaks the contract: {message}",
                where=self._where,
                next_step="check that this is the right file; nothing of this batch was written",
            )
        found.setdefault(0, _Broken()).flags.append(Flag(0, expectation.name, message))

    def _run(self, validator: Any, indices: Iterable[int], result_format: Mapping[str, Any]) -> dict[int, Any]:
        suite = self._library.ExpectationSuite(name=self.suite.name)
        suite.expectations = [self._built[index] for index in indices]
        with _hushed():
            validator.result_format = dict(result_format)
            outcome = validator.validate_expectation_suite(suite)
        results = {int(result.expectation_config.meta["nanni"]): result for result in outcome.results}
        for index, result in results.items():
            self._require_ran(self.suite.expectations[index], result.exception_info)
        return results

    def _require_ran(self, expectation: Expectation, info: Mapping[str, Any]) -> None:
        # One flat record, or one a metric: Great Expectations has both shapes.
        records = [info] if "raised_exception" in info else list(info.values())
        for record in records:
            if record.get("raised_exception"):
                raise ContractFault(
                    f"{expectation.name} could not be evaluated: {record.get('exception_message')}",
                    where=self._where,
                    next_step="run `nanni check`, then correct the expectation; this says nothing about the data",
                )

    def _validator(self, frame: pd.DataFrame) -> Any:
        """Great Expectations' validator of one batch: it takes the batch in at the first pass."""
        batches = self._batches  # before anything else of the library is imported
        from great_expectations.validator.v1_validator import Validator

        narrow = frame.set_axis(pd.Index(frame[ROW].to_numpy()), axis="index")
        if not self._conditional:
            narrow = narrow[[column for column in frame.columns if column in self._read or column == ROW]]
        return Validator(batches, batch_parameters={"dataframe": narrow})

    @cached_property
    def _read(self) -> frozenset[str]:
        return frozenset(column for expectation in self.suite.expectations for column in expectation.columns())

    @cached_property
    def _conditional(self) -> bool:
        """Whether some row condition may read any column."""
        return any(key == "row_condition" for each in self.suite.expectations for key, _ in each.kwargs)

    @cached_property
    def _library(self) -> Any:
        os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
        with _hushed():
            import great_expectations

        return great_expectations

    @cached_property
    def _batches(self) -> Any:
        context = self._library.get_context(mode="ephemeral")
        from great_expectations.data_context.types.base import ProgressBarsConfig

        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        asset = context.data_sources.add_pandas(self.survey_id).add_dataframe_asset("responses")
        return asset.add_batch_definition_whole_dataframe("batch")

    @cached_property
    def _built(self) -> Sequence[Any]:
        return [self._build(index, expectation) for index, expectation in enumerate(self.suite.expectations)]

    def _build(self, index: int, expectation: Expectation) -> Any:
        _ = self._library  # before anything else of it is imported
        from great_expectations.exceptions import GreatExpectationsError
        from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

        try:
            with _hushed():
                return ExpectationConfiguration(
                    type=expectation.type,
                    kwargs=dict(expectation.kwargs),
                    severity=expectation.severity.value,
                    meta={"nanni": index},
                ).to_domain_obj()
        # pydantic v1, which Great Expectations carries, reports wrong arguments as a ValueError.
        except (GreatExpectationsError, ValueError, TypeError) as error:
            raise ConfigError(
                f"expectation {index + 1} ({expectation.name}) is not valid: {' '.join(str(error).split())}",
                where=self._where,
                next_step="correct its type or kwargs as in the Great Expectations gallery",
            ) from error


@contextmanager
def _hushed() -> Iterator[None]:
    """Without the warnings of the library and of the pandas calls it makes: nothing a reader could act on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _verdict(found: Mapping[int, _Broken], frame: pd.DataFrame, raw: RawBatch) -> ContractVerdict:
    place = {number: i for i, number in enumerate(raw.row_numbers)}
    ids = _response_ids(frame, [number for number, broken in found.items() if broken.critical])
    rejected = tuple(
        Rejection(
            row_number=number,
            raw=tuple((name, cells[place[number]]) for name, cells in raw.columns.items()),
            reason=Reason.CONTRACT,
            message="; ".join(broken.critical),
            response_id=ids.get(number),
        )
        for number, broken in sorted(found.items())
        if broken.critical
    )
    accepted = (broken for _, broken in sorted(found.items()) if not broken.critical)
    return ContractVerdict(rejected, tuple(flag for broken in accepted for flag in broken.flags))


def _response_ids(frame: pd.DataFrame, numbers: Sequence[int]) -> dict[int, str | None]:
    if "response_id" not in frame:
        return {}
    chosen = frame.loc[frame[ROW].isin(numbers), [ROW, "response_id"]]
    pairs = zip(chosen[ROW].tolist(), chosen["response_id"].tolist(), strict=True)
    return {int(number): None if pd.isna(value) else str(value) for number, value in pairs}


def _text(value: Any) -> str:
    """A cell for a person: "" when absent, whole numbers without a decimal point, long text by its length."""
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return ""
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    shown = f"{value:g}" if pd.api.types.is_float(value) else str(value)
    return shown if len(shown) <= _VALUE_LENGTH else f"{len(shown):,} characters"
