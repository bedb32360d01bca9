"""Drivers read from a warehouse: which themes move the NPS, how much of it is theirs alone, and which way."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from outerloop.asymmetry import asymmetry
from outerloop.drivers import drivers
from outerloop.rates import Floats
from outerloop.warehouse import Warehouse

_ANSWERS = """scale_kind = 'nps' AND band IS NOT NULL AND ($survey IS NULL OR survey = $survey)
           AND ($first::DATE IS NULL OR submitted_on >= $first) AND ($ends::DATE IS NULL OR submitted_on < $ends)"""


@dataclass(frozen=True, slots=True)
class _Answers:
    """Answers on an NPS scale: `band` and `person` of each, which of the themes `names` it names, and how it sounds."""

    band: Floats
    person: Any
    feeling: Any
    named: csr_array
    names: pd.DataFrame


def theme_drivers(
    warehouse: Warehouse,
    seed: int,
    level: int = 1,
    survey: str | None = None,
    resamples: int = 1000,
    first: date | None = None,
    ends: date | None = None,
) -> pd.DataFrame:
    """Themes of one level by what they move the NPS by, costliest first; see `outerloop.drivers`.

    Columns: `theme`, `name`, `answers` (naming it), `impact`, `low`, `high` (NPS points), `weight`, `weight_low`,
    `weight_high` (part of the variance explained). Only themes that an answer on an NPS scale names; `seed` decides the
    resamples of customers, `first` (that day on) and `ends` (before that day) which answers count.
    `frame.attrs["explained"]` is the share of variance that all themes explain together.
    """
    told = _answers(warehouse, level, survey, first, ends)
    found = drivers(told.named, told.band, told.person, np.random.default_rng(seed), resamples)
    frame = told.names.assign(
        answers=told.named.sum(axis=0).astype(np.int64),
        impact=found.impact, low=found.low, high=found.high,
        weight=found.weight, weight_low=found.weight_low, weight_high=found.weight_high,
    )  # fmt: skip
    frame = frame.sort_values(["impact", "theme"], ignore_index=True)
    frame.attrs["explained"] = found.explained
    return frame


def theme_kinds(
    warehouse: Warehouse, seed: int, level: int = 1, survey: str | None = None, resamples: int = 1000
) -> pd.DataFrame:
    """Themes of one level by penalty, the largest first; see `outerloop.asymmetry`.

    Columns: `theme`, `name`, `negative`, `positive` (answers that name it with that feeling), `penalty`, `penalty_low`,
    `penalty_high`, `reward`, `reward_low`, `reward_high`, `balance`, `balance_low`, `balance_high` (NPS points),
    `kind`. NaN where too few name it so. The feeling is the sentiment of the answer's most negative comment, which all
    themes in it share.
    """
    told = _answers(warehouse, level, survey)
    bad, good = (_where(told.named, told.feeling == feeling) for feeling in ("negative", "positive"))
    found = asymmetry(bad, good, told.band, told.person, np.random.default_rng(seed), resamples)
    spans = ("penalty", "reward", "balance")
    columns = {f"{span}{limit}": getattr(found, f"{span}{limit}") for span in spans for limit in ("", "_low", "_high")}
    frame = told.names.assign(
        negative=bad.sum(axis=0).astype(np.int64), positive=good.sum(axis=0).astype(np.int64), **columns,
        kind=[kind.value for kind in found.kinds],
    )  # fmt: skip
    return frame.sort_values(["penalty", "theme"], ignore_index=True)


def _answers(
    warehouse: Warehouse, level: int, survey: str | None, first: date | None = None, ends: date | None = None
) -> _Answers:
    asked = {"survey": survey, "first": first, "ends": ends}
    answers = warehouse.frame(
        f"""SELECT response, CASE band WHEN 'promoter' THEN 1 WHEN 'detractor' THEN -1 ELSE 0 END AS band,
                  coalesce(customer, 'response ' || response) AS person, coalesce(sentiment, '') AS feeling
           FROM response WHERE {_ANSWERS} ORDER BY response""",
        asked,
    )
    said = warehouse.frame(
        f"""SELECT response, theme, name FROM response_theme JOIN dim_theme USING (theme) JOIN response USING (response)
           WHERE level = $level AND {_ANSWERS} ORDER BY theme, response""",
        asked | {"level": level},
    )
    names = said.drop_duplicates("theme")[["theme", "name"]].reset_index(drop=True)
    rows = np.searchsorted(answers.response.to_numpy(), said.response.to_numpy())
    themes = np.searchsorted(names.theme.to_numpy(str), said.theme.to_numpy(str))
    named = csr_array((np.ones(len(said)), (rows, themes)), shape=(len(answers), len(names)))
    person = pd.factorize(answers.person, sort=True)[0]
    return _Answers(answers.band.to_numpy(np.float64), person, answers.feeling.to_numpy(str), named, names)


def _where(named: csr_array, kept: NDArray[np.bool_]) -> csr_array:
    """Only the kept answers' themes; the others name none."""
    found = csr_array(diags_array(kept.astype(np.float64)) @ named)
    found.eliminate_zeros()
    return found
