"""Frames of the outer loop as documents."""

import json
import math
from typing import Any

import pandas as pd

from nanni.drivers import Drives
from nanni.operations import Operations


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as objects; what is not known is None, which JSON can say."""
    known = frame.astype(object).where(frame.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in known.to_dict("records")]


def drives_document(found: Drives) -> dict[str, Any]:
    """What themes move the score by."""
    explained = None if math.isnan(found.explained) else found.explained
    return {"explained": explained, "themes": records(found.themes), "kinds": records(found.kinds)}


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows for a machine: times in ISO, null for what is not known."""
    told: list[dict[str, Any]] = json.loads(frame.to_json(orient="records", date_format="iso"))
    return told


def operations_document(found: Operations) -> dict[str, Any]:
    """What the teams have to expect."""
    judged = found.risk.judged
    risk: dict[str, Any] = {
        "promise": found.risk.promise,
        "overdue": found.risk.overdue,
        "past_tickets": found.risk.past,
        "tickets": rows(found.risk.tickets),
        "judged": None,
    }
    if judged is not None:
        risk["judged"] = {
            "days_from": judged.days_from.date().isoformat(), "tickets": judged.tickets, "useful": judged.useful,
            "base_rate": judged.base_rate, "brier": judged.brier, "base_brier": judged.base_brier, "auc": judged.auc,
            "calibration": rows(judged.calibration),
        }  # fmt: skip
    frames = {name: rows(getattr(found, name)) for name in ("forecast", "staffing", "gaps", "routing", "workload")}
    return {**frames, "risk": risk}


def nowcasts_document(themes: pd.DataFrame, causes: pd.DataFrame) -> dict[str, Any]:
    """Closed tickets with what is still to come."""
    return {"themes": rows(themes), "root_causes": rows(causes)}
