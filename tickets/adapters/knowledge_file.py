"""`kb/*.md` into articles: a head in YAML between two lines of three dashes, then Markdown."""

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from feedback.adapters.yaml_file import FileModel
from feedback.errors import ConfigError
from tickets.knowledge import Article

_FENCE = "---"


def _as_list(value: object) -> object:
    return value if isinstance(value, list) or value is None else [value]


Names = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_as_list)]


class HeadModel(FileModel):
    """What an article says of itself."""

    title: str = ""
    themes: Names = ()
    root_causes: Names = ()
    tags: Names = ()
    draft: bool = False


def load_articles(folder: Path) -> tuple[Article, ...]:
    """Every article below a folder, in order of their paths; none where there is no folder. Raises ConfigError."""
    return tuple(_article(path, folder) for path in sorted(folder.rglob("*.md")))


def _article(path: Path, folder: Path) -> Article:
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"not UTF-8 at byte {error.start}", where=str(path), next_step="save it as UTF-8") from error
    head, body = _split(text)
    try:
        told = HeadModel.model_validate(YAML(typ="safe").load(head) or {})
    except (MarkedYAMLError, ValidationError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else None
        what = f"{'.'.join(map(str, first['loc']))}: {first['msg']}" if first else "the head is not valid YAML"
        raise ConfigError(
            what,
            where=str(path),
            allowed=", ".join(HeadModel.model_fields),
            next_step="correct the head of the article",
        ) from error
    heading = next((line.lstrip("# ").strip() for line in body.splitlines() if line.startswith("#")), "")
    title = told.title or heading or path.stem.replace("-", " ").replace("_", " ").capitalize()
    name = path.relative_to(folder).with_suffix("").as_posix()
    return Article(name, title, body.strip(), told.themes, told.root_causes, told.tags, told.draft)


def _split(text: str) -> tuple[str, str]:
    lines = text.splitlines()
    if not lines or lines[0].strip() != _FENCE:
        return "", text
    for at, line in enumerate(lines[1:], 1):
        if line.strip() == _FENCE:
            return "\n".join(lines[1:at]), "\n".join(lines[at + 1 :])
    return "", text
