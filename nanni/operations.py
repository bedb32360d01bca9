"""What the teams have to expect and where they fall short, asked of the warehouse."""

from dataclasses import dataclass

import pandas as pd

from nanni.parts import Parts
from outerloop.adapters.duckdb_warehouse import open_reader
from outerloop.breach_reports import BreachRisk, Promise, breach_risk
from outerloop.nowcast_reports import closed_themes_nowcast, root_causes_nowcast
from outerloop.operations import knowledge_gaps, routing_accuracy, staffing, volume_forecast, workload
from outerloop.reports import Grain


@dataclass(frozen=True, slots=True, eq=False)
class Operations:
    """Frames of `outerloop.operations` and the risk of open tickets."""

    forecast: pd.DataFrame
    staffing: pd.DataFrame
    risk: BreachRisk
    gaps: pd.DataFrame
    routing: pd.DataFrame
    workload: pd.DataFrame


def operations(parts: Parts, grain: Grain, ahead: int, minutes: float, hours: float, promise: Promise) -> Operations:
    """All of it, of the warehouse as last refreshed. Raises StoreError without one."""
    with open_reader(parts.workspace.settings.warehouse) as warehouse:
        return Operations(
            forecast=volume_forecast(warehouse, grain, ahead),
            staffing=staffing(warehouse, minutes, hours, grain, ahead),
            risk=breach_risk(warehouse, promise),
            gaps=knowledge_gaps(warehouse),
            routing=routing_accuracy(warehouse),
            workload=workload(warehouse),
        )


def nowcasts(parts: Parts, grain: Grain) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Closed tickets with what is still to come, by theme and by root cause. Raises StoreError without a warehouse."""
    with open_reader(parts.workspace.settings.warehouse) as warehouse:
        return closed_themes_nowcast(warehouse, grain), root_causes_nowcast(warehouse, grain)
