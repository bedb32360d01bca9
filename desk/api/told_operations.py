"""What the API tells of runs, quarantined rows, the audit and the token itself."""

from datetime import datetime

from pydantic import BaseModel

from feedback.ports import Run
from ledger.tokens import ServiceToken


class RunOut(BaseModel):
    """One run: rows received and what became of them; a residue other than 0 is a fault."""

    id: str
    survey: str
    file_name: str
    state: str
    started_at: datetime
    finished_at: datetime | None
    received: int
    counts: dict[str, int]
    residue: int

    @staticmethod
    def of(run: Run, left: int) -> "RunOut":
        """The run as it is given out."""
        counts = {kind.value: count for kind, count in (run.counts or {}).items()}
        return RunOut(
            id=run.id, survey=run.survey, file_name=run.file_name, state=run.state.value, started_at=run.started_at,
            finished_at=run.finished_at, received=run.received, counts=counts, residue=left,
        )  # fmt: skip


class RowOut(BaseModel):
    """A quarantined row."""

    id: int
    survey: str
    row_number: int
    reason: str
    message: str


class RunPage(BaseModel):
    """A page of runs; `next` is the cursor of the following one."""

    items: list[RunOut]
    next: str | None


class RowPage(BaseModel):
    """A page of quarantined rows; `next` is the cursor of the following one."""

    items: list[RowOut]
    next: str | None


class ReleasedOut(BaseModel):
    """What came of a release."""

    released: int
    back: int


class AuditOut(BaseModel):
    """The proof that nothing was lost."""

    sound: bool
    received: int
    residue: int
    runs: int
    problems: list[str]


class MeOut(BaseModel):
    """The token that asks."""

    name: str
    scopes: list[str]
    teams: list[str] | None

    @staticmethod
    def of(token: ServiceToken) -> "MeOut":
        """The token without its secret."""
        return MeOut(
            name=token.name, scopes=sorted(token.scopes), teams=None if token.teams is None else [*token.teams]
        )
