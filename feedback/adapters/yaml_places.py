"""The line of a workspace file that says something, for errors found after the file was read."""

from collections.abc import Sequence
from pathlib import Path

from ruamel.yaml import YAML


class Places:
    """A workspace file read for its line numbers, once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._document = YAML(typ="rt").load(path.read_text("utf-8"))

    def of(self, keys: Sequence[str | int]) -> str:
        """`file:line` of the deepest of these keys that the file has."""
        node, line = self._document, 1
        for key in keys:
            if isinstance(node, dict) and key in node:
                line = node.lc.key(key)[0] + 1  # type: ignore[attr-defined]
            elif isinstance(node, list) and isinstance(key, int) and key < len(node):
                line = node.lc.item(key)[0] + 1  # type: ignore[attr-defined]
            else:
                break
            node = node[key]
        return f"{self._path}:{line}"


def place(path: Path, keys: Sequence[str | int]) -> str:
    """`file:line` of the deepest of these keys that the file has."""
    return Places(path).of(keys)
