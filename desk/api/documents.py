"""Answers that are the document which the command line prints with `--json`."""

import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import BaseModel
from starlette.responses import JSONResponse

from nanni.documents.plain import plain

Limit = Annotated[int, Query(ge=1, le=500)]
After = Annotated[str, Query(max_length=300, description="`next` of the page before.")]
Survey = Annotated[str | None, Query(max_length=100)]
GrainName = Literal["week", "month", "quarter"]
Level = Annotated[int, Query(ge=1, le=5, description="Themes of this level; 1 is the top.")]
Seed = Annotated[int, Query(ge=0, le=2**31, description="The same seed draws the same intervals.")]
Document = dict[str, Any]
Documents = list[dict[str, Any]]


class DocumentPage(BaseModel):
    """A page of a long list; `next` is the cursor of the following one."""

    items: Documents
    next: str | None


def document(data: Any) -> JSONResponse:
    """A document as an answer."""
    return JSONResponse(json.loads(json.dumps(data, default=plain, allow_nan=False)))


def page(items: Sequence[Any], after: str | None) -> JSONResponse:
    """A page of a long list; `after` is where the next one begins."""
    return document({"items": items, "next": after})
