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
# # Emerging issues: what rose, and can it be believed?
#
# Among many themes some always rise by chance. This notebook shows only what chance does not explain: each theme's
# share of responses in a whole week against the weeks before it, over all responses and within each survey, with the
# share of false alarms held down over all of them together. The exposure is responses, so a busy week is no alarm.
# From two years of the past on a week is compared with the same time of the earlier years.
#
# `nanni outer-loop alarms` asks the same on the command line, and the monthly report lists a month's alarms.

# %%
import os
from pathlib import Path

import altair as alt
import pandas as pd

from outerloop import alarm_charts, charts, theme_reports
from outerloop.adapters.duckdb_warehouse import find_warehouse, open_reader
from outerloop.alarm_reports import watch
from outerloop.reports import Grain

alt.renderers.enable("png", ppi=110)
alt.theme.enable("nanni")
pd.options.display.float_format = "{:.2f}".format

warehouse = open_reader(find_warehouse(os.environ, Path.cwd()))

# %% [markdown]
# ## The latest week
#
# A week that responses do not cover to its last day is left out.

# %%
latest = watch(warehouse)
print(f"Week from {latest.period}, compared with those from {latest.baseline_from}: {latest.tested} of {latest.rows} "
      "themes in segments had enough mentions to be tested.")  # fmt: skip
alarm_charts.alarms(latest)

# %% [markdown]
# ## Every week of the last year
#
# The same test for each whole week of the last year that has twelve weeks before it, each against those. The
# false-discovery rate is held over theme, segment and week together: of all alarms in this list at most one in ten
# should be false. The surest come first.

# %%
weeks = theme_reports.themes_by_period(warehouse, Grain.WEEK)
whole = int(weeks[~weeks.partial].period.nunique())
history = watch(warehouse, last=max(min(52, whole - 12), 1))
alarm_charts.alarms(history)

# %%
columns = ["period", "name", "kind", "segment", "mentions", "responses", "expected", "ratio", "low", "high", "q"]
pd.DataFrame([{name: getattr(one, name) for name in columns} for one in history.alarms], columns=columns).head(15)

# %% [markdown]
# ## What the alarmed themes look like over time
#
# Months, for the shape of it: a spike that went away asks another question than a level that stayed.

# %%
alarmed = list(dict.fromkeys(one.theme for one in history.alarms))[:6]
charts.theme_trends(theme_reports.themes_by_period(warehouse), alarmed or list(weeks.theme.unique())[:2])

# %% [markdown]
# ## Read them
#
# Counts say where to look, words say what happened. These are the most negative comments behind each alarm; read one
# with `nanni why RESPONSE`. The warehouse itself holds no comments.

# %%
pd.DataFrame(
    [
        {
            "theme": one.name,
            "segment": one.segment,
            "week": one.period,
            "response": said.response_id,
            "survey": said.survey,
        }
        for one in history.alarms[:5]
        for said in one.verbatims[:3]
    ],
    columns=["theme", "segment", "week", "response", "survey"],
)

# %%
warehouse.close()
