"""The risk that a promise will be missed, learnt from how past tickets stood on past days and what became of them.

Every row is a ticket on a day on which its clock ran. The model is a logistic regression, its probabilities calibrated
on later days than it was fitted on (J. C. Platt, 1999), and judged on days later still against always saying the base
rate: a risk nobody could act on better than on the average is not worth showing.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from outerloop.rates import Floats, wilson

NUMBERS = ["left", "used", "touches", "load"]
KINDS = ["team", "survey", "rule", "theme"]
LEAST_TICKETS, LEAST_MISSED = 100, 15
"""Tickets, and missed promises among them, that a model is fitted to at all."""
_BINS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """How risks fared on days after those they were learnt from.

    `brier` is the mean squared error of the risk, `base_brier` that of always saying the base rate of the days learnt
    from; `auc` the chance that a missed promise had a higher risk than a kept one. `calibration` has `risk` (mean),
    `missed` (share), `low`, `high` and `tickets` by fifths of the risk. `days_from` is the first day judged.
    """

    days_from: pd.Timestamp
    tickets: int
    base_rate: float
    brier: float
    base_brier: float
    auc: float
    calibration: pd.DataFrame

    @property
    def useful(self) -> bool:
        """Whether the risk says more than the base rate does."""
        return self.brier < self.base_brier


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A fitted regression and what turns its log-odds into probabilities that hold on later days."""

    regression: Any
    scaling: Any

    def risk(self, rows: pd.DataFrame) -> Floats:
        """The probability of a miss for each row."""
        if rows.empty:
            return np.zeros(0)
        found: Floats = self.scaling.predict_proba(_odds(self.regression, rows))[:, 1]
        return found


def learn(past: pd.DataFrame) -> Model | None:
    """A fitted and calibrated model; None when the past is too small.

    `past` has the columns `NUMBERS` and `KINDS`, `ticket`, `day` and the truth `missed`; each ticket weighs as much as
    any other, however many days it was open. The latest quarter of the days is kept for the calibration.
    """
    days = past.day.drop_duplicates().sort_values()
    if len(days) < 4:
        return None
    cut = days.iloc[int(len(days) * 0.75)]
    fit, calibrate = past[past.day < cut], past[past.day >= cut]
    if min(_enough(fit), _enough(calibrate) * 3) < 1:
        return None
    model = make_pipeline(
        ColumnTransformer(
            [
                ("numbers", StandardScaler(), NUMBERS),
                ("kinds", OneHotEncoder(min_frequency=20, handle_unknown="infrequent_if_exist"), KINDS),
            ]
        ),
        LogisticRegression(max_iter=500),
    )
    model.fit(fit[NUMBERS + KINDS], fit.missed, logisticregression__sample_weight=_weights(fit))
    # A logistic regression on the log-odds alone, all but free: Platt's scaling.
    scaling = LogisticRegression(C=1e6)
    scaling.fit(_odds(model, calibrate), calibrate.missed, sample_weight=_weights(calibrate))
    return Model(model, scaling)


def _odds(regression: Any, rows: pd.DataFrame) -> Floats:
    odds: Floats = regression.decision_function(rows[NUMBERS + KINDS])[:, None]
    return odds


def judge(past: pd.DataFrame, split: pd.Timestamp) -> Judged | None:
    """Learn from what was known at `split`, and hold it against the days from then on; None where either is too small.

    What was known: promises that had come due by then. `past` has, beside what `learn` needs, `due_at`.
    """
    known, later = past[past.due_at <= split], past[past.day >= split]
    model = learn(known)
    if model is None or _enough(later) * 3 < 1:
        return None
    said, missed = model.risk(later), later.missed.to_numpy(np.float64)
    weights = _weights(later)
    base = base_rate(known)
    return Judged(
        days_from=later.day.min(),
        tickets=int(later.ticket.nunique()),
        base_rate=base,
        brier=float(np.average((said - missed) ** 2, weights=weights)),
        base_brier=float(np.average((base - missed) ** 2, weights=weights)),
        auc=float(roc_auc_score(missed, said, sample_weight=weights)),
        calibration=_calibration(said, missed, weights),
    )


def base_rate(past: pd.DataFrame) -> float:
    """The share of promises missed, each ticket counting once; NaN without any."""
    return float(np.average(past.missed, weights=_weights(past))) if len(past) else float("nan")


def _enough(rows: pd.DataFrame) -> float:
    """Tickets and missed promises, the scarcer of the two, over what a model needs; 0 where only one thing happened."""
    tickets, missed = rows.ticket.nunique(), rows[rows.missed].ticket.nunique()
    return 0.0 if missed in (0, tickets) else min(tickets / LEAST_TICKETS, missed / LEAST_MISSED)


def _weights(rows: pd.DataFrame) -> Floats:
    weights: Floats = (1 / rows.groupby("ticket").day.transform("size")).to_numpy(np.float64)
    return weights


def _calibration(said: Floats, missed: Floats, weights: Floats) -> pd.DataFrame:
    """Fifths of the weight by risk; limits count weight as tickets."""
    order: NDArray[np.int64] = np.argsort(said, kind="stable")
    through = np.cumsum(weights[order]) / weights.sum()
    fifth = np.empty(len(said), np.int64)
    fifth[order] = np.minimum((through * _BINS - 1e-9).astype(np.int64), _BINS - 1)
    rows = pd.DataFrame({"fifth": fifth, "w": weights, "risk": said * weights, "missed": missed * weights})
    found = rows.groupby("fifth").sum()
    low, high = wilson(found.missed, found.w)
    return pd.DataFrame(
        {"risk": found.risk / found.w, "missed": found.missed / found.w, "low": low, "high": high, "tickets": found.w}
    ).reset_index(drop=True)
