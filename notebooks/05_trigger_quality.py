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
# # Trigger quality: do the rules fire on what matters?
#
# A rule can be wrong in two ways: it opens tickets nobody needed, and it stays quiet where somebody should have acted.
# The first shows in how tickets were closed. The second does not show in tickets at all, so this notebook also draws a
# sample of quiet responses for a person to read.
#
# To change a rule, try it first: `nanni rules test` and `nanni rules backtest`.

# %%
import os
from pathlib import Path

import altair as alt
import pandas as pd

from outerloop import trigger_charts, trigger_reports
from outerloop.adapters.duckdb_warehouse import find_warehouse, open_reader

alt.renderers.enable("png", ppi=110)
alt.theme.enable("nanni")
pd.options.display.float_format = "{:.2f}".format

warehouse = open_reader(find_warehouse(os.environ, Path.cwd()))

# %% [markdown]
# ## Which rules fire
#
# A ticket counts for the rule that opened it. A rule that never fires is either unneeded or written wrongly
# (`nanni rules check` finds the second).

# %%
trigger_charts.rule_volume(trigger_reports.rules_by_period(warehouse))

# %% [markdown]
# ## How often a rule was right
#
# Of the tickets closed with a root cause, the share closed with a cause that *is* a fault. That is the judgement of
# whoever closed them, late and by hand. If your list of causes has another name for `not_a_fault`, give it here.

# %%
rules = trigger_reports.rules_ranked(warehouse, not_valid=("not_a_fault",))
trigger_charts.rule_precision(rules)

# %%
rules[["rule", "tickets", "closed", "valid", "precision", "low", "high", "escalated", "reopened"]]

# %% [markdown]
# ## What went wrong afterwards
#
# Escalated tickets were late or stuck; reopened ones were closed too early. A rule whose tickets are often escalated
# may name the wrong owner or too high a priority.

# %%
trigger_charts.rule_trouble(rules)

# %% [markdown]
# ## What could not be read
#
# The sentiment model says "unknown" rather than guess, for instance in a language it was not trained on. An unknown
# condition decides only where it could not change the answer; otherwise the response is held for a person
# (`nanni held list`).

# %%
trigger_charts.unread(trigger_reports.unread_comments(warehouse))

# %% [markdown]
# ## Is the model still reading the same kind of comments?
#
# The share of comments that sound negative, and the share of which the model is unsure. Each month is also held
# against the first three whole ones: the index is the population stability index of the negative probability (below
# 0.1 is noise), and `state` says what to make of it. A change can be the customers, not the model: `nanni doctor`
# compares with what the model was calibrated on.

# %%
drift = trigger_reports.sentiment_drift(warehouse)
trigger_charts.drift(drift)

# %%
drift.assign(period=drift.period.dt.strftime("%b %Y"))[
    ["period", "comments", "negative", "unsure", "index", "p", "state"]
]

# %% [markdown]
# ## What stayed quiet
#
# Quiet responses whose comment sounds negative, by survey and band of the score. Many are passing remarks of content
# customers; some are what a rule should have caught.

# %%
trigger_charts.quiet(trigger_reports.quiet_negatives(warehouse))

# %% [markdown]
# A random sample of them to read. The words are in the ledger: `nanni why-not RESPONSE` shows the comment and how near
# each rule was to firing. Note how many should have become tickets: that share, with its interval, is what the rules
# miss.

# %%
trigger_reports.quiet_sample(warehouse, rows=12, seed=1)

# %%
warehouse.close()
