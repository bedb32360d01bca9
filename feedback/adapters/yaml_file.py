"""Workspace files: YAML into a typed pydantic model, errors with file and line."""

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

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
        first = error.errors()[0]
        raise _config_error(path, document, first, len(error.errors())) from error


def _read(path: Path) -> Any:
    try:
        document = YAML(typ="rt").load(path.read_text("utf-8"))
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
            next_step="correct the indentation or quoting there",
        ) from error
    return {} if document is None else document


def _config_error(path: Path, document: Any, first: Any, count: int) -> ConfigError:
    loc = [part for part in first["loc"] if not _is_union_tag(document, first["loc"], part)]
    name = ".".join(str(part) for part in loc) or "the file"
    value = first.get("input")
    shown = "" if isinstance(value, dict | list) or value is None else f" (found {value!r})"
    unknown = first["type"] == "extra_forbidden"
    more = f"; {count - 1} more after it" if count > 1 else ""
    return ConfigError(
        f"{name}: {'unknown field' if unknown else first['msg']}{shown}{more}",
        where=f"{path}:{_line(document, loc)}",
        allowed=str(first.get("ctx", {}).get("expected", "")),
        next_step="remove or rename it" if unknown else "correct that line and run `nanni check`",
    )


def _is_union_tag(document: Any, loc: tuple[Any, ...], part: Any) -> bool:
    """Pydantic puts the name of a union's member into the location; it is no key of the file."""
    node = document
    for step in loc:
        try:
            node = node[step]
        except (KeyError, IndexError, TypeError):
            return bool(step is part and isinstance(part, str) and step is not loc[-1])
    return False


def _line(document: Any, loc: list[Any]) -> int:
    """The line of the deepest part of `loc` that the file has, 1-based."""
    node, line = document, 1
    for step in loc:
        marks = getattr(node, "lc", None)
        try:
            if marks is not None:
                line = (marks.key(step) if isinstance(step, str) else marks.item(step))[0] + 1
            node = node[step]
        except (KeyError, IndexError, TypeError, AttributeError):
            break
    return line
