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
# # Drivers: what moves the score, and why
#
# A theme can be named often and cost nothing, or rarely and cost a lot. This notebook sets three questions side by
# side: how far a theme moves the score, how much of that is its own, and which root causes are behind it. The last
# section asks whether what was resolved stayed resolved.
#
# None of it shows a cause by itself: it says where to look first. `04_initiative_effect` measures what a fix brought.

# %%
import os
from pathlib import Path

import altair as alt
import pandas as pd

from outerloop import cause_reports, driver_charts, driver_reports
from outerloop.adapters.duckdb_warehouse import find_warehouse, open_reader

alt.renderers.enable("png", ppi=110)
alt.theme.enable("nanni")
pd.options.display.float_format = "{:.2f}".format

SEED = 1  # of the resamples behind the intervals; the same seed gives the same figures
warehouse = open_reader(find_warehouse(os.environ, Path.cwd()))

# %% [markdown]
# ## How far, and how much of it is its own
#
# On the left, the NPS of everybody minus the NPS of those who do not name the theme, in points: negative costs score.
# On the right, Johnson's relative weight: of the variance in scores that all themes explain together, the part that is
# this theme's after overlaps are shared out fairly. A theme that is far out on the left and small on the right is named
# together with the real trouble.

# %%
found = driver_reports.theme_drivers(warehouse, SEED)
driver_charts.drivers(found)

# %%
explained = found.attrs["explained"]
print(f"All themes together explain {explained:.0%} of the variance in scores: the rest has other reasons.")
found[["name", "answers", "impact", "low", "high", "weight", "weight_low", "weight_high"]]

# %% [markdown]
# One level down:

# %%
driver_charts.drivers(driver_reports.theme_drivers(warehouse, SEED, level=2, resamples=300))

# %% [markdown]
# ## Basic, performance, or exciter?
#
# Some things only cost when they fail (basic), some only bring when they succeed (exciter), some do both
# (performance). The chart holds answers that name a theme with a negative comment, and those that name it with a
# positive one, against those that do not name it. Fix a basic theme until it stops hurting, and no further; go on with
# a performance theme.

# %%
driver_charts.kinds(driver_reports.theme_kinds(warehouse, SEED))

# %% [markdown]
# ## Which causes go with which themes
#
# For each pair of theme and root cause, how many times as often it was closed as the two would meet by chance. Pairs
# with few tickets are held back towards one (shrinkage), so that the top of the list is not made of accidents.

# %%
driver_charts.cause_lifts(cause_reports.cause_lifts(warehouse))

# %% [markdown]
# ## Did it stay resolved?
#
# Of customers whose ticket about a theme was resolved, how many answered again and named the same theme within the
# following weeks. A ticket that was "resolved" and comes back was closed, not solved.

# %%
driver_charts.repeats(cause_reports.theme_repeats(warehouse))

# %%
warehouse.close()
