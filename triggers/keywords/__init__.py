"""Keyword queries over comments: parsed once, compiled together, matched in time linear in the text.

Start at `triggers.keywords.parser` (the language), then `triggers.keywords.match` (the engine).
"""
