"""The options that say what the columns of a labelled file are."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import Parameter

from feedback.errors import ConfigError

if TYPE_CHECKING:
    from models.evaluate import LabelledComment
    from models.sentiment import Sentiment


@Parameter(name="*")
@dataclass(frozen=True)
class Labels:
    """Options of every command that reads a team's labelled comments."""

    text: str
    """The column of the comments."""
    label: str
    """The column of the labels."""
    question: str | None = None
    """The column of the question each comment answers."""
    language: str | None = None
    """The column of the language."""
    map: str = ""
    """What labels mean, for example '1=positive,3=neutral,5=negative'."""
    encoding: str | None = None
    """How the file is written where it is not UTF-8 and has no byte order mark, for example windows-1252."""

    def read(self, file: Path, group: str | None = None) -> "list[LabelledComment]":
        """The file's comments, `group` naming the respondent. Raises SourceError, and ConfigError for the labels."""
        from models.adapters.labelled_file import read_labelled

        return read_labelled(
            file,
            text=self.text,
            label=self.label,
            mapping=self._meanings(),
            question=self.question,
            group=group,
            language=self.language,
            encoding=self.encoding,
        )

    def _meanings(self) -> "dict[str, Sentiment]":
        from models.evaluate import parse_mapping

        try:
            return parse_mapping(self.map)
        except ValueError as error:
            raise ConfigError(
                str(error), where="--map", next_step="for example --map '1=positive,5=negative'"
            ) from error
