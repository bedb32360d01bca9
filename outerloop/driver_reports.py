"""Drivers read from a warehouse: which themes move the NPS, and how much of it is theirs alone."""

import numpy as np
import pandas as pd

from outerloop.drivers import drivers
from outerloop.warehouse import Warehouse


def theme_drivers(
    warehouse: Warehouse, seed: int, level: int = 1, survey: str | None = None, resamples: int = 1000
) -> pd.DataFrame:
    """Themes of one level by what they move the NPS by, costliest first; see `outerloop.drivers`.

    Columns: `theme`, `name`, `answers` (naming it), `impact`, `low`, `high` (NPS points), `weight`, `weight_low`,
    `weight_high` (part of the variance explained). Only themes that an answer on an NPS scale names; `seed` decides the
    resamples. `frame.attrs["explained"]` is the share of variance that all themes explain together.
    """
    answers = warehouse.frame(
        """SELECT response, CASE band WHEN 'promoter' THEN 1 WHEN 'detractor' THEN -1 ELSE 0 END AS band
           FROM response WHERE scale_kind = 'nps' AND band IS NOT NULL AND ($survey IS NULL OR survey = $survey)
           ORDER BY response""",
        {"survey": survey},
    )
    said = warehouse.frame(
        """SELECT response, theme, name FROM response_theme JOIN dim_theme USING (theme) JOIN response USING (response)
           WHERE level = $level AND scale_kind = 'nps' AND band IS NOT NULL AND ($survey IS NULL OR survey = $survey)
           ORDER BY theme, response""",
        {"survey": survey, "level": level},
    )
    names = said.drop_duplicates("theme")
    named = np.zeros((len(answers), len(names)))
    rows = np.searchsorted(answers.response.to_numpy(), said.response.to_numpy())
    named[rows, np.searchsorted(names.theme.to_numpy(str), said.theme.to_numpy(str))] = 1
    found = drivers(named, answers.band.to_numpy(np.float64), np.random.default_rng(seed), resamples)
    frame = pd.DataFrame(
        {
            "theme": names.theme.to_numpy(), "name": names.name.to_numpy(), "answers": named.sum(0).astype(np.int64),
            "impact": found.impact, "low": found.low, "high": found.high, "weight": found.weight,
            "weight_low": found.weight_low, "weight_high": found.weight_high,
        }
    )  # fmt: skip
    frame = frame.sort_values(["impact", "theme"], ignore_index=True)
    frame.attrs["explained"] = found.explained
    return frame
