# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Initiative effect: did the fix work?
#
# An initiative is one action against the cause of a theme, with an owner, a day it took effect and the drop it should
# bring (`nanni outer-loop initiatives add`). Here its theme's rate is followed through that day, beside the themes it
# does not touch: what moves them all alike, such as a new survey or a slow season, is not counted for or against it.

# %%
import os
from pathlib import Path

import altair as alt
import pandas as pd

from outerloop import effect_charts, effect_reports
from outerloop.adapters.duckdb_warehouse import find_warehouse, open_reader
from outerloop.effect import TooLittleToMeasureError
from outerloop.reports import Grain

alt.renderers.enable("png", ppi=110)
alt.theme.enable("nanni")
pd.options.display.float_format = "{:.2f}".format

SEED = 1  # of the draws behind what an effect is worth
BEFORE = 52  # weeks before the start that are looked at, at most
warehouse = open_reader(find_warehouse(os.environ, Path.cwd()))

# %% [markdown]
# ## What was begun
#
# The initiatives that the workspace had when the warehouse was refreshed.

# %%
initiatives = effect_reports.recorded(warehouse)
columns = ["id", "title", "owner", "themes", "started", "expected", "expected_by"]
pd.DataFrame([{name: getattr(one, name) for name in columns} for one in initiatives], columns=columns)

# %% [markdown]
# ## Before and after
#
# Each point is a week, or a month where a week has too few mentions: the share of responses that name the initiative's
# themes. The dashed line after the start is where the untouched themes lead to expect it without the action; the band
# is the measured effect turned on that line. The interval allows for bursts and drift of the theme's own: no drift,
# bursts without memory, and drift that lasts are all thought possible, and weighed by what the series says of them.
# Where there are too few weeks or mentions, only the series is drawn.

# %%
measured = {}
for one in initiatives:
    try:
        measured[one.id] = effect_reports.measure_finely(warehouse, one, SEED, BEFORE)
    except TooLittleToMeasureError as error:
        measured[one.id] = None
        print(f"{one.title}: {error.what}.")
pictures = []
for one in initiatives:
    grain = measured[one.id].grain if measured[one.id] else Grain.WEEK
    pictures.append(effect_charts.effect(effect_reports.series(warehouse, one, grain, BEFORE), measured[one.id]))
alt.vconcat(*pictures) if pictures else effect_charts.effect(pd.DataFrame(), None)

# %% [markdown]
# ## What it is worth
#
# `ratio` is the rate after over the rate that was to be expected: 0.6 is a drop of 40 %. `worth` assumes that
# customers who no longer name the theme score like those who never did, and that tickets fall as mentions do.

# %%
rows = [
    {
        "initiative": found.initiative.title,
        "by": found.grain.value,
        "periods before": found.periods_before,
        "periods after": found.periods_after,
        "mentions before": found.mentions_before,
        "mentions after": found.mentions_after,
        "ratio": found.ratio,
        "low": found.low,
        "high": found.high,
        "clear drop": found.clear,
        "as expected": found.reached,
        "worth": found.sentence,
    }
    for found in measured.values()
    if found is not None
]
pd.options.display.max_colwidth = None
pd.DataFrame(rows).T

# %% [markdown]
# ## Would another past say the same?
#
# An action begun because its theme had just flared up looks better than it is: what is high by chance falls by itself.
# A result worth believing hardly changes with the length of the past it is held against.

# %%
checks = []
for one in initiatives:
    for before in (8, 13, 26, 52):
        try:
            found = effect_reports.measure_finely(warehouse, one, SEED, before)
        except TooLittleToMeasureError:
            continue
        checks.append(
            {
                "initiative": one.title,
                "by": found.grain.value,
                "periods before": found.periods_before,
                "ratio": found.ratio,
                "low": found.low,
                "high": found.high,
            }
        )
pd.DataFrame(checks, columns=["initiative", "by", "periods before", "ratio", "low", "high"]).drop_duplicates()

# %%
warehouse.close()
