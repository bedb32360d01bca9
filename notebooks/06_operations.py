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
# # Operations: what is coming, who is needed, what is about to be late
#
# The inner loop seen by whoever runs it. Forecasts carry intervals and say how they fared on the past; where the past
# is too short, the chart says so instead of guessing.

# %%
import os
from pathlib import Path

import altair as alt
import pandas as pd

from outerloop import nowcast_reports, operation_charts, operations, theme_reports
from outerloop.adapters.duckdb_warehouse import find_warehouse, open_reader
from outerloop.breach_reports import breach_risk

alt.renderers.enable("png", ppi=110)
alt.theme.enable("nanni")
pd.options.display.float_format = "{:.2f}".format

MINUTES = 45  # one ticket takes, by your own knowledge: the ledger does not time people
warehouse = open_reader(find_warehouse(os.environ, Path.cwd()))

# %% [markdown]
# ## Tickets to come
#
# Weekly tickets of each team, and the weeks ahead. The band should hold 95 of 100 weeks; the table says how many it
# held on the team's own past (`coverage`), and whether the forecast's mean error beats saying last week's count again.

# %%
ahead = operations.volume_forecast(warehouse)
operation_charts.volume(operations.tickets_by_team(warehouse), ahead)

# %%
ahead.drop_duplicates("team")[
    ["team", "expected", "low", "high", "dispersion", "checked", "coverage", "error", "naive_error"]
]

# %% [markdown]
# ## Who is needed
#
# The forecast times the minutes a ticket takes, over the thirty hours a week that one person works on tickets.

# %%
operation_charts.staffing(operations.staffing(warehouse, MINUTES))

# %% [markdown]
# ## What is about to be late
#
# For each open ticket the risk of missing its resolution promise, learnt from past tickets. The chart holds what was
# said against what came of it, on days after those it was learnt from. Unless it beats the base rate there, the base
# rate is all that is told.

# %%
risk = breach_risk(warehouse)
print(f"{risk.overdue} open tickets have missed their promise already; {len(risk.tickets)} can still keep it.")
operation_charts.calibration(risk.judged)

# %%
risk.tickets.head(10)

# %% [markdown]
# ## Who has how much

# %%
operation_charts.workload(operations.workload(warehouse))

# %% [markdown]
# ## Sent to the right team?
#
# Tickets that a person (not the program) gave to another team than the one the routes chose.

# %%
operation_charts.routing(operations.routing_accuracy(warehouse))

# %% [markdown]
# ## What nobody has written down
#
# Root causes that keep coming back under a theme and have no article in `kb/`.

# %%
operation_charts.knowledge_gaps(operations.knowledge_gaps(warehouse))

# %% [markdown]
# ## What closed tickets will have said
#
# Closed tickets come late, so the latest months look empty. The nowcast says how many will be closed in the end, from
# how long closing has taken so far.

# %%
nowcast = nowcast_reports.closed_themes_nowcast(warehouse)
ranked = theme_reports.themes_ranked(warehouse)
operation_charts.closed_nowcast(nowcast, list(ranked[ranked.closed > 0].theme[:4]))

# %%
warehouse.close()
