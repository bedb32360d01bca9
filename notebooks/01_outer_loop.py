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
# # The outer loop: what a year of feedback teaches
#
# The inner loop settles one complaint with one customer. This notebook asks the other question: what keeps coming back,
# what does it cost, why does it happen, and do we keep our promises while we work on it?
#
# Everything is read from the warehouse, which `nanni outer-loop refresh` derives from the ledger. It holds no
# comments, names or addresses. Set `NANNI_WAREHOUSE` to read another one than the demo's.
#
# How to read the charts:
# - A **band** or **bar** is a 95 % interval: Wilson's for shares, adjusted-Wald for NPS. Where two overlap widely, the
#   data do not say which is larger.
# - A **hollow point** is a period that is not complete. Do not read a fall or a rise from it.
# - A share of responses has *responses* as its base, never days, so a busy week does not look like a problem.

# %%
import os
from pathlib import Path

import altair as alt
import pandas as pd

from outerloop import charts, reports, theme_reports
from outerloop.adapters.duckdb_warehouse import find_warehouse, open_reader

alt.renderers.enable("png", ppi=110)
alt.theme.enable("nanni")
pd.options.display.float_format = "{:.2f}".format

warehouse = open_reader(find_warehouse(os.environ, Path.cwd()))

# %% [markdown]
# ## What came in
#
# The span of the data, and what became of the responses. A response that opened a ticket or joined an open one is
# somebody's work; a quiet one is not.

# %%
reports.span(warehouse)

# %%
reports.intake_by_period(warehouse).pivot_table(
    index="period", columns="disposition", values="responses", fill_value=0, aggfunc="sum"
).astype(int).rename(index=lambda month: f"{month:%b %Y}")

# %% [markdown]
# Scores by month. NPS is in points; CSAT and CES are the share of answers in the top band. A month is better than
# another only when their bands stand clear of each other.

# %%
charts.scores(reports.scores_by_period(warehouse))

# %% [markdown]
# ## What it is about
#
# Themes are those of the team's taxonomy; naming "late delivery" is naming "delivery". The chart sets two shares side
# by side. **All responses** say how often customers raise a theme. **Closed tickets** say what the teams have finished
# working on: they come late, and only from responses that a rule selected, so their mix is not the customers' mix.

# %%
ranked = theme_reports.themes_ranked(warehouse)
charts.theme_shares(ranked)

# %% [markdown]
# One level down:

# %%
charts.theme_shares(ranked, level=2)

# %% [markdown]
# Responses that name no theme, and why. Only those of "none found" are evidence that customers spoke of something else;
# `nanni outer-loop themes discover` looks for it there.

# %%
theme_reports.without_theme(warehouse)

# %% [markdown]
# The same shares over time, for the six themes raised most. A theme whose band rises clear of where it was is worth a
# look; one month among many themes will look odd by chance alone.

# %%
charts.theme_trends(theme_reports.themes_by_period(warehouse), list(ranked.theme[:6]))

# %% [markdown]
# ## What it costs
#
# The NPS of everybody minus the NPS of those who do not name the theme. It is the theme's share of answers times the
# gap in score, so a rare disaster and a common nuisance can be compared. It is an association, not yet a cause, and
# themes that are named together share their cost: the numbers do not add up to a total.

# %%
impact = theme_reports.theme_nps_impact(warehouse)
charts.theme_cost(impact)

# %%
impact[["name", "level", "answers", "share", "nps_with", "nps_without", "impact", "low", "high"]]

# %% [markdown]
# ## Why it happens
#
# Whoever closes a ticket names its root cause. A dark cell is a theme with one dominant cause: one fix may remove most
# of it. "No theme" are tickets whose comment names nothing in the taxonomy, or that have no comment.

# %%
charts.root_causes(theme_reports.theme_root_causes(warehouse))

# %% [markdown]
# ## How fast loops are closed
#
# First contact and resolution against their targets. A ticket whose clock still runs and is not due yet counts neither
# way.

# %%
charts.promises(reports.promises_by_period(warehouse))

# %% [markdown]
# Waiting times in elapsed hours. Tickets that still wait count for as long as they have waited (Kaplan–Meier), so the
# latest month does not look quick only because its slow tickets are unfinished; where a line ends early, that share of
# tickets has not got there yet.

# %%
charts.waiting(reports.waiting_by_period(warehouse))

# %%
warehouse.close()
