"""Reads `themes.yaml` into a taxonomy."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from feedback.adapters.yaml_file import FileModel, load_yaml
from feedback.adapters.yaml_places import place
from feedback.errors import ConfigError
from triggers.keywords.match import KeywordEngine
from triggers.keywords.query import QueryError
from triggers.themes import Taxonomy, Theme


class ThemeModel(FileModel):
    """One theme with those below it."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$")]
    name: str = ""
    keywords: str = ""
    children: tuple["ThemeModel", ...] = ()
    seeds: tuple[Annotated[str, Field(min_length=3)], ...] = ()

    def theme(self) -> Theme:
        """The engine's theme; without a name, the last part of the id is shown."""
        shown = self.name or self.id.rpartition(".")[2].replace("_", " ").capitalize()
        return Theme(self.id, shown, self.keywords, tuple(child.theme() for child in self.children), self.seeds)


class TaxonomyModel(FileModel):
    """The whole file."""

    themes: tuple[ThemeModel, ...] = ()


def load_taxonomy(path: Path) -> Taxonomy:
    """The taxonomy of a workspace. Raises ConfigError with the file, and the line of a query that cannot be used."""
    model = load_yaml(path, TaxonomyModel)
    _check(path, model.themes, ("themes",))
    try:
        return Taxonomy([theme.theme() for theme in model.themes])
    except ConfigError as error:
        where = f"{path}, {error.where}"
        raise ConfigError(error.what, where=where, allowed=error.allowed, next_step=error.next_step) from error


def _check(path: Path, themes: tuple[ThemeModel, ...], keys: tuple[str | int, ...]) -> None:
    for at, theme in enumerate(themes):
        here = (*keys, at)
        try:
            KeywordEngine([theme.keywords] if theme.keywords else [])
        except QueryError as error:
            raise ConfigError(error.what, where=place(path, (*here, "keywords")), next_step=error.next_step) from error
        _check(path, theme.children, (*here, "children"))


def theme_schema() -> dict[str, Any]:
    """JSON Schema of `themes.yaml`, for editors."""
    return TaxonomyModel.model_json_schema()
