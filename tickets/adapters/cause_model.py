"""The hierarchical root-cause list of sla.yaml, as the ids of its leaves: "people.training"."""

from collections.abc import Iterator, Mapping


def flat_causes(value: object) -> object:
    """A list of names, each of which may hold a list of narrower ones, as ids in order, for pydantic.

    Raises ValueError for anything else, and for a cause that is named twice.
    """
    if not isinstance(value, list | tuple):
        return value
    found = list(_leaves(value, ""))
    if repeated := next((cause for i, cause in enumerate(found) if cause in found[:i]), None):
        raise ValueError(f"root cause {repeated} is named twice")
    return found


def _leaves(causes: object, above: str) -> Iterator[str]:
    if not isinstance(causes, list | tuple) or not causes:
        raise ValueError(f"{above.rstrip('.') or 'root_causes'} needs a list of causes")
    for cause in causes:
        if isinstance(cause, str) and cause and not (set(cause) & set(". ,")):
            yield f"{above}{cause}"
        elif isinstance(cause, Mapping) and len(cause) == 1:
            ((name, below),) = cause.items()
            yield from _leaves(below, f"{above}{name}.")
        else:
            raise ValueError(
                f"{cause!r} is no cause: a name without dots, commas or spaces, or `name: [narrower, ...]`"
            )
