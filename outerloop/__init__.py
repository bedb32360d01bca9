"""What closed tickets teach: facts, themes, trends. Start at `outerloop.facts`."""
