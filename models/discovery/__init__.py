"""Themes nobody wrote down, found in what the taxonomy leaves over.

Start at `discover`: it clusters the readings of comments' parts; `space` assigns any part to a theme, `lineage` keeps
the ids of themes from one discovery to the next, `history` is what became of each, analysts' words included.
"""
