"""Reads `policy.yaml` and `themes.yaml` into the frozen types of `triggers`."""
