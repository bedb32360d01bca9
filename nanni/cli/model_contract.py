"""`nanni model operating-point`: a recall contract from a team's labelled comments, and its price in tickets."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from feedback.errors import ConfigError
from models.contract import ALPHA
from nanni.cli.app import COMMON, Common
from nanni.cli.labels import Labels
from nanni.cli.model import model
from nanni.cli.output import ERRORS, show, table

__all__ = ["model", "operating_point"]

if TYPE_CHECKING:
    from models.contract import RecallContract
    from models.operating_point import OperatingPoint
    from nanni.settings import Settings

    Prices = list[tuple[float, OperatingPoint]]

MISS_AT_MOST = 0.1
PRICED = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3)


@model.command(name="operating-point")
def operating_point(
    file: Path,
    *,
    labels: Labels,
    miss_at_most: float | None = None,
    confidence: float | None = None,
    ambiguous: float = ALPHA,
    write: bool = False,
    common: Common = COMMON,
) -> None:
    """Pick the limit that misses at most a stated share of negative comments, and show what it costs in tickets.

    Run it in the workspace: its model scores the comments. Label comments as they come in, not chosen ones: the
    promise is for comments like the labelled.

    Parameters
    ----------
    file
        A CSV file (also .gz) with one comment a row.
    miss_at_most
        The share of negative comments that may be missed (default: nanni.yaml's sentiment.miss_at_most, else 0.1).
    confidence
        How sure to be of it (default: nanni.yaml's sentiment.confidence, which is 0.95 unless set).
    ambiguous
        How often the classes a comment may have may lack the true one; more means fewer comments to review.
    write
        Write operating_point.json for `sentiment: {is: negative, at_least: contract}` and `ambiguous: review`.
    """
    from models.adapters.contract_file import CONTRACT_FILE, write_contract
    from nanni.labelled import priced_contract
    from nanni.settings import load_settings

    settings = load_settings(common.workspace, os.environ)
    asked = settings.file.sentiment
    with ERRORS.status("Scoring the labelled comments ..."):
        contract, prices = priced_contract(
            file,
            labels.read(file),
            asked,
            miss_at_most=_share("--miss-at-most", miss_at_most, asked.miss_at_most or MISS_AT_MOST),
            level=_share("--confidence", confidence, asked.confidence),
            alpha=_share("--ambiguous", ambiguous, ALPHA),
            priced=PRICED,
        )
    path = settings.workspace / CONTRACT_FILE
    if write:
        write_contract(contract, path)
    show(
        _data(contract, prices, path if write else None),
        lambda s: _draw(s, contract, prices, settings, write),
        common.json,
    )


def _share(option: str, given: float | None, default: float) -> float:
    value = default if given is None else given
    if not 0 < value < 1:
        raise ConfigError(f"{option} is {value:g}", allowed=f"a share between 0 and 1, for example {default:g}")
    return value


def _data(contract: "RecallContract", prices: "Prices", written: Path | None) -> dict[str, Any]:
    priced = [{"miss_at_most": share, **asdict(point)} for share, point in prices]
    return {**asdict(contract), "prices": priced, "written": written}


def _draw(screen: Console, contract: "RecallContract", prices: "Prices", settings: "Settings", write: bool) -> None:
    point = contract.point
    level = f"{point.level:.0%}"
    columns = ["may miss", "limit", "found", f"at least ({level})", "tickets", "of them needless"]
    rows = [_row(share, one, share == contract.miss_at_most) for share, one in prices]
    if contract.miss_at_most not in dict(prices):
        rows.append(_row(contract.miss_at_most, point, True))
    screen.print(table(f"Per 1,000 comments, model {contract.model_id}", columns, sorted(rows), right=columns))
    screen.print(
        f"Picked on {point.rows:,} labelled comments, {point.negatives:,} of them negative: call a comment negative "
        f"from {point.threshold:.3f} on, and at most {contract.miss_at_most:.1%} are missed with confidence {level}.",
        soft_wrap=True,
    )
    doubt = ", ".join(f"{name} {limit:.2f}" for name, limit in contract.conformal.items())
    screen.print(
        f"A comment may be of a class from these probabilities on: {doubt}. Of 1,000 comments `ambiguous: review` "
        f"holds {1000 * contract.reviewed_share:.0f} of the {1000 * point.tickets_share:.0f} for a reader.",
        soft_wrap=True,
    )
    used = "`sentiment: {is: negative, at_least: contract}` in policy.yaml, then `nanni rules backtest`"
    told = f"Written to {settings.workspace}. Next: {used}." if write else "Nothing was written; --write keeps it."
    screen.print(told, soft_wrap=True)


def _row(share: float, point: "OperatingPoint", chosen: bool) -> list[str]:
    tickets = 1000 * point.tickets_share
    return [
        f"{share:6.1%}{' <' if chosen else ''}",
        f"{point.threshold:.3f}",
        f"{point.recall:.1%}",
        f"{point.recall_lower:.1%}",
        f"{tickets:.0f}",
        f"{tickets * (1 - point.precision):.0f}",
    ]
