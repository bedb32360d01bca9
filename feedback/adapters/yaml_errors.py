"""What is wrong with a workspace file, for whoever wrote it: the place by name, the value, what may stand there."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from feedback.errors import ConfigError

_MOST = 8
"""Faults that a message names."""
_NAMES = "^[A-Za-z0-9_.-]+$"


def config_error(path: Path, document: Any, model: type[BaseModel], found: list[ErrorDetails]) -> ConfigError:
    """The faults in a document that a model refused: the first in the file whole, those after it by line."""
    found = sorted(_apart(document, found), key=lambda error: _line(document, _places(document, error)))
    first = found[0]
    unknown, loc = first["type"] == "extra_forbidden", _places(document, first)
    allowed = str(first.get("ctx", {}).get("expected", ""))
    next_step = "correct that line and run `nanni check`"
    if unknown:
        fields = _fields(model, first["loc"][:-1])
        close = get_close_matches(str(loc[-1]), fields, 1)
        allowed = ", ".join(fields)
        next_step = f"did you mean `{close[0]}`?" if close else "remove or rename it"
    elif first["type"] == "string_type" and isinstance(first["input"], int | float):
        next_step = f'put it in quotes: "{first["input"]}"'
    lines = [_line(document, _places(document, one)) for one in found]
    others = "".join(
        f"; line {line}: {_told(document, one)}" for line, one in zip(lines[1:_MOST], found[1:_MOST], strict=True)
    )
    more = f"; {len(found) - _MOST} more" if len(found) > _MOST else ""
    return ConfigError(
        f"{_told(document, first)}{others}{more}",
        where=f"{path}:{lines[0]}",
        allowed=allowed,
        next_step=next_step,
    )


def _apart(document: Any, found: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """One fault a place, without those that only follow from others: a list whose items are wrong counts as empty."""
    places = {tuple(_places(document, error)): error for error in reversed(found)}
    return [
        error
        for place, error in reversed(places.items())
        if error["type"] != "too_short" or not any(place == other[: len(place)] != other for other in places)
    ]


def _told(document: Any, error: ErrorDetails) -> str:
    return f"{'.'.join(_named(document, _places(document, error))) or 'the file'}: {_said(error)}"


def _said(error: ErrorDetails) -> str:
    value, ctx = error["input"], error.get("ctx", {})
    shown = "" if isinstance(value, dict | list) or value is None else f" (found {value!r})"
    match error["type"]:
        case "extra_forbidden":
            return f"unknown field{shown}"
        case "missing":
            return "has to be given"
        case "too_short" | "string_too_short":
            return "needs at least 1 item" if ctx.get("min_length") == 1 and not shown else "is empty"
        case "string_pattern_mismatch" if ctx.get("pattern") == _NAMES:
            return f"may hold letters, digits, _, . and - only{shown}"
        case "literal_error" | "enum":
            return f"not one of those allowed{shown}"
    said = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return f"{said.replace('should be', 'must be', 1)}{shown}"


def _places(document: Any, error: ErrorDetails) -> list[Any]:
    """The location without what pydantic puts into it beside the file's keys: members of unions, short forms."""
    node, found = document, []
    for step in error["loc"]:
        try:
            node = node[step]
        except (KeyError, IndexError, TypeError):
            continue
        found.append(step)
    return [*found, error["loc"][-1]] if error["type"] == "missing" else found


def _named(document: Any, loc: list[Any]) -> Iterator[str]:
    """Each step, items of a list by their id or name where they have one."""
    node = document
    for step in loc:
        try:
            node = node[step]
        except (KeyError, IndexError, TypeError):
            node = None
        name = node.get("id", node.get("name")) if isinstance(step, int) and isinstance(node, dict) else None
        yield str(step if name is None else name)


def _fields(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """What may stand at a place of the document, as files write it."""
    models = [model]
    for step in loc:
        inner = [
            one
            for outer in models
            for name, field in outer.model_fields.items()
            if step in (name, field.alias)
            for one in _models(field.annotation)
        ]
        models = inner or models
    return list(dict.fromkeys(field.alias or name for one in models for name, field in one.model_fields.items()))


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


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
