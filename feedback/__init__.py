"""What the customer said: sources, contract, one trusted response or one named rejection.

Start at `feedback.response` (what everything after this folder works on), then `feedback.survey` (how a team
declares a survey) and `feedback.parse` (raw rows to responses). Readers of files live in `feedback.adapters`.
"""
