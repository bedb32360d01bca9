"""Workspace files: YAML into a typed pydantic model, errors with file and line."""

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.constructor import ConstructorError, RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError, YAMLStreamError

from feedback.adapters.yaml_errors import config_error
from feedback.errors import ConfigError


class FileModel(BaseModel):
    """Base of every workspace file model: unknown fields are errors, values are not changed after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


M = TypeVar("M", bound=FileModel)


def load_yaml(path: Path, model: type[M]) -> M:
    """Read one workspace file. Raises ConfigError naming file, line, value, allowed values and the next step."""
    document = _read(path)
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise config_error(path, document, model, error.errors()) from error


class _Dates(RoundTripConstructor):
    """Says the line of a date that no calendar has, which the library only raises ValueError for."""

    def construct_yaml_timestamp(self, node: Any, values: Any = None) -> Any:
        """A date or time."""
        try:
            return super().construct_yaml_timestamp(node, values)
        except ValueError as error:
            raise ConstructorError(problem=f"no such date: {error}", problem_mark=node.start_mark) from error


_Dates.add_constructor("tag:yaml.org,2002:timestamp", _Dates.construct_yaml_timestamp)


def _reader() -> YAML:
    reader = YAML(typ="rt")
    reader.Constructor = _Dates
    return reader


def _read(path: Path) -> Any:
    try:
        document = _reader().load(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(
            "no such file", where=str(path), next_step="run `nanni init DIR` to see a complete workspace"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"not UTF-8 at byte {error.start}", where=str(path), next_step="save it as UTF-8") from error
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(
            f"not valid YAML: {error.problem}",
            where=f"{path}:{line}",
            next_step="correct it there"
            if isinstance(error, ConstructorError)
            else "correct the indentation or quoting",
        ) from error
    except (YAMLError, YAMLStreamError, ValueError, RecursionError) as error:
        # Control characters, a date that is none, or lists within lists without an end: none of these has a mark.
        told = str(error).partition("\n")[0][:200]
        raise ConfigError(f"not valid YAML: {told}", where=str(path), next_step="correct the file") from error
    return {} if document is None else document
