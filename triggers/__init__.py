"""Whether someone must act, and why: policy, rules, evidence, decision. Pure; the clock is an argument.

Start at `triggers.policy` (what a team writes), `triggers.signals` (what is known of a response) and
`triggers.decide` (the one function that live, replay and backtest share).
"""
