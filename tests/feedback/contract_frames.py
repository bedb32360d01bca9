"""Role frames and their raw batches for the contract tests."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from feedback.rows import RawBatch


def role_frame(
    ids: Sequence[str | None],
    scores: Sequence[float],
    comments: Sequence[str] | None = None,
    languages: Sequence[str | None] | None = None,
    first_row: int = 1,
) -> pd.DataFrame:
    count = len(ids)
    return pd.DataFrame(
        {
            "response_id": pd.Series(list[object](ids), dtype=object),
            "submitted_at": pd.Series(pd.to_datetime(["2026-01-05T10:00:00Z"] * count, utc=True)),
            "score": np.asarray(scores, dtype=np.float64),
            "comment_why": pd.Series(comments if comments is not None else ["fine"] * count, dtype=object),
            "language": pd.Series(list[object](languages if languages is not None else ["en"] * count), dtype=object),
            "_row": np.arange(first_row, first_row + count),
        }
    )


def raw_of(frame: pd.DataFrame) -> RawBatch:
    columns = {
        "Id": ["" if value is None else str(value) for value in frame["response_id"]],
        "Q1": [f"raw {value:g}" for value in frame["score"]],
    }
    return RawBatch(0, [int(number) for number in frame["_row"]], dict(columns))
