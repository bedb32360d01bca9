"""The outer loop: what closed tickets and all that was said teach, read from the warehouse as it was last refreshed."""

from collections.abc import Callable, Sequence
from datetime import UTC
from functools import partial
from typing import Any

import pandas as pd
from starlette.responses import Response

from desk.visit import Visit
from feedback.errors import StoreError
from nanni.initiatives import listed
from outerloop.adapters.duckdb_warehouse import open_reader
from outerloop.effect import TooLittleToMeasureError
from outerloop.effect_reports import measure_finely
from outerloop.initiatives import Initiative
from outerloop.reports import Grain, span
from outerloop.theme_reports import theme_nps_impact, theme_root_causes, themes_by_period, themes_ranked
from outerloop.warehouse import Warehouse

RECENT = 3
"""Whole months that are compared with those before them."""
TOP = 15
Line = dict[str, object]


def show(visit: Visit) -> Response:
    """Themes, how they move, what they cost and why tickets were opened."""
    survey = visit.query("survey") or None
    try:
        with open_reader(visit.site.parts.workspace.settings.warehouse) as warehouse:
            told = _read(warehouse, survey) | {"initiatives": _brought(warehouse, listed(visit.site.parts))}
    except StoreError as error:
        return visit.page("outer_loop.html", problem=error, survey=survey, surveys=_surveys(visit))
    return visit.page("outer_loop.html", problem=None, survey=survey, surveys=_surveys(visit), **told)


def _surveys(visit: Visit) -> list[tuple[str, str]]:
    return [(one.id, one.title or one.id) for one in visit.site.parts.workspace.surveys.values()]


def _read(warehouse: Warehouse, survey: str | None) -> dict[str, Any]:
    questions: dict[str, Callable[[], pd.DataFrame]] = {
        "whole": partial(span, warehouse),
        "ranked": partial(themes_ranked, warehouse, survey),
        "impact": partial(theme_nps_impact, warehouse, survey),
        "causes": partial(theme_root_causes, warehouse),
    }
    lines = {name: _lines(ask()) for name, ask in questions.items()}
    whole = lines["whole"][0]
    whole["as_of"] = pd.Timestamp(str(whole["as_of"])).to_pydatetime().replace(tzinfo=UTC)
    moves = trends(themes_by_period(warehouse, Grain.MONTH, survey))
    ranked = [{**line, **moves.get(str(line["theme"]), {})} for line in lines["ranked"] if line["mentions"]]
    new = [line for line in ranked if line.get("new")]
    return {
        "whole": whole, "ranked": ranked[:TOP], "new": new, "impact": lines["impact"][:TOP],
        "causes": sorted(lines["causes"], key=lambda line: -int(str(line["closed"])))[:TOP],
    }  # fmt: skip


def _brought(warehouse: Warehouse, initiatives: Sequence[Initiative]) -> list[Line]:
    """Each initiative and what it brought so far, or why that cannot be said yet."""
    return [{"one": one, **_effect(warehouse, one)} for one in initiatives]


def _effect(warehouse: Warehouse, initiative: Initiative) -> Line:
    try:
        found = measure_finely(warehouse, initiative, seed=1)
    except TooLittleToMeasureError as error:
        return {"measured": None, "why_not": error.what}
    return {"measured": found, "why_not": ""}


def trends(frame: pd.DataFrame) -> dict[str, Line]:
    """By theme, its share by whole month, the change of the last months against those before, and whether it is new.

    New is a theme that nobody named before the last three whole months.
    """
    whole = frame[~frame.partial]
    found: dict[str, Line] = {}
    for theme, part in whole.groupby("theme"):
        ordered = part.sort_values("period")
        late, early = ordered.tail(RECENT), ordered.iloc[:-RECENT]
        shares = [float(value) for value in ordered.share.fillna(0)]
        before = _share(early)
        found[str(theme)] = {
            "line": _path(shares), "recent": _share(late), "before": before,
            "change": None if before is None else (_share(late) or 0.0) - before,
            "new": bool(len(early) and early.mentions.sum() == 0 and late.mentions.sum() > 0),
        }  # fmt: skip
    return found


def _share(part: pd.DataFrame) -> float | None:
    total = float(part.responses.sum())
    return float(part.mentions.sum()) / total if total else None


def _path(shares: list[float]) -> str:
    if len(shares) < 2:
        return ""
    top = max(shares) or 1.0
    return "M" + " L".join(f"{100 * i / (len(shares) - 1):.1f} {22 - 20 * s / top:.1f}" for i, s in enumerate(shares))


def _lines(frame: pd.DataFrame) -> list[Line]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
