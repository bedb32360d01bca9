"""The comments of a batch, cut into words and searched once for everyone who reads them."""

from collections.abc import Sequence

from feedback.response import ResponseBatch
from triggers.keywords.joint import JointEngine
from triggers.keywords.match import KeywordEngine, Matches
from triggers.keywords.tokens import Tokens, tokenise_all


class TextIndex:
    """One batch's text: what the policy's queries and the taxonomy's share. With `joint`, both are searched at once."""

    def __init__(self, batch: ResponseBatch, joint: JointEngine | None = None) -> None:
        self.question_ids: tuple[str, ...] = tuple(column.question_id for column in batch.comments)
        self.size = len(batch)
        self._texts = tuple(column.texts for column in batch.comments)
        self._joint = joint
        self._columns: dict[int, Sequence[Tokens | None]] = {}
        self._found: dict[int, dict[int, Matches]] = {}

    def column(self, k: int) -> Sequence[Tokens | None]:
        """Tokens down the k-th comment column of the batch."""
        if k not in self._columns:
            self._columns[k] = tokenise_all(self._texts[k])
        return self._columns[k]

    def matches(self, engine: KeywordEngine, k: int) -> dict[int, Matches]:
        """What an engine finds in the k-th comment column, by row; only rows in which it finds something."""
        part = self._joint.part(engine) if self._joint else None
        if self._joint is None or part is None:
            return engine.match_column(self.column(k))
        if k not in self._found:
            self._found[k] = self._joint.match_column(self.column(k))
        own = ((row, found.of(*part)) for row, found in self._found[k].items())
        return {row: found for row, found in own if found}
