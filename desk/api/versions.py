"""Versions over the API: an ETag tells one, If-Match makes a change of that one only."""

from typing import Annotated

from fastapi import Header

from desk.api.problems import PreconditionError

Match = Annotated[str | None, Header(description='The version the change is meant for, as in the ETag: `"5"`.')]
NoneMatch = Annotated[str | None, Header(description="An ETag that was given before; 304 when it still holds.")]


def tag(version: int) -> str:
    """A version as an ETag."""
    return f'"{version}"'


def require(version: int, match: str | None, where: str) -> None:
    """Raise PreconditionError when an If-Match names another version than this one."""
    if match is not None and match not in (tag(version), "*"):
        told = f"it is at version {version}"
        raise PreconditionError(told, where=where, next_step="read it again, then send the change with its ETag")
