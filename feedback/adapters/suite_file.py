"""Contract files: Great Expectations suite JSON into a `Suite`, and back."""

import json
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from feedback.adapters.yaml_file import FileModel
from feedback.contract import Expectation, Json, Severity, Suite
from feedback.errors import ConfigError


class _ExpectationModel(FileModel):
    type: str
    kwargs: dict[str, Any] = Field(default_factory=dict)
    severity: Severity = Severity.CRITICAL
    meta: dict[str, Any] | None = None
    # Written by Great Expectations when it saves a suite; read past.
    id: str | None = None
    description: str | None = None
    notes: str | list[str] | None = None
    rendered_content: list[Any] | None = None


class _SuiteModel(FileModel):
    name: str
    expectations: list[_ExpectationModel]
    meta: dict[str, Any] | None = None
    id: str | None = None
    notes: str | list[str] | None = None
    suite_parameters: dict[str, Any] | None = None


def load_suite(path: Path) -> Suite:
    """Read a suite file. Raises ConfigError naming the file, the line or field, and what is allowed."""
    try:
        model = _SuiteModel.model_validate(json.loads(path.read_text("utf-8")))
    except FileNotFoundError as error:
        raise ConfigError("no such contract file", where=str(path), next_step="correct `contract:`") from error
    except json.JSONDecodeError as error:
        raise ConfigError(f"not valid JSON: {error.msg}", where=f"{path}:{error.lineno}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"not UTF-8 at byte {error.start}", where=str(path), next_step="save it as UTF-8") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the file"
        expected = str(first.get("ctx", {}).get("expected", ""))
        raise ConfigError(f"{field}: {first['msg']}", where=str(path), allowed=expected) from error
    return Suite(model.name, tuple(_expectation(item) for item in model.expectations))


def suite_document(suite: Suite) -> dict[str, Json]:
    """The suite as the JSON document that Great Expectations and `load_suite` read."""
    items: list[Json] = [_item(expectation) for expectation in suite.expectations]
    return {"name": suite.name, "expectations": items}


def _expectation(item: _ExpectationModel) -> Expectation:
    message = str((item.meta or {}).get("message", ""))
    return Expectation(item.type, tuple(item.kwargs.items()), item.severity, message)


def _item(expectation: Expectation) -> dict[str, Json]:
    item: dict[str, Json] = {
        "type": expectation.type,
        "kwargs": dict(expectation.kwargs),
        "severity": expectation.severity.value,
    }
    return item | ({"meta": {"message": expectation.message}} if expectation.message else {})
