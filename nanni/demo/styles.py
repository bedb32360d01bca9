"""How different people type: capitals, full stops, apostrophes, slips of the finger, emoji."""

import re

from nanni.demo.dice import Dice

STYLES = {"careful": 0.50, "lower": 0.15, "hasty": 0.17, "terse": 0.08, "loud": 0.03, "emoji": 0.07}
"""Shares of the writing styles; a customer keeps theirs."""

_MISSPELT = {
    "received": "recieved", "definitely": "definately", "their": "there", "separate": "seperate", "really": "realy",
    "tomorrow": "tommorow", "because": "becuase", "until": "untill", "disappointing": "dissapointing",
    "disappointed": "dissapointed", "weird": "wierd", "address": "adress", "beautiful": "beatiful",
}  # fmt: skip
_EMOJI = {
    "bad": ("😡", "😞", "🙄", "👎", "😤", "💔"),
    "mixed": ("🤷", "😐", "🤔"),
    "good": ("👍", "😊", "❤️", "🙏", "🎉", "⭐⭐⭐⭐⭐"),
}


def in_style(text: str, style: str, tone: str, dice: Dice) -> str:
    """The text as a person of this style would type it; `tone` is good, mixed or bad."""
    if style == "lower":
        return _without_final_stop(text.lower())
    if style == "hasty":
        return _hasty(text, dice)
    if style == "terse":
        return _without_final_stop(text)
    if style == "loud":
        return text.upper().rstrip(".") + "!!" if tone == "bad" and len(text) < 120 else text
    if style == "emoji":
        return f"{_without_final_stop(text)} {dice.pick(_EMOJI[tone])}"
    return text


def _without_final_stop(text: str) -> str:
    return text[:-1] if text.endswith(".") and not text.endswith("...") else text


def _hasty(text: str, dice: Dice) -> str:
    words = [_slip(word, dice) for word in text.split(" ")]
    hasty = " ".join(words)
    if dice.chance(0.3):
        hasty = hasty.replace(". ", "... ") if dice.chance(0.5) else hasty.replace(". ", " ").lower()
    if dice.chance(0.15) and len(hasty) > 20:
        hasty = re.sub(r", ", " ,", hasty, count=1)
    return hasty


def _slip(word: str, dice: Dice) -> str:
    bare = word.strip(".,!?").lower()
    if bare in _MISSPELT and dice.chance(0.6):
        return word.lower().replace(bare, _MISSPELT[bare])
    if "'" in word and dice.chance(0.6):
        return word.replace("'", "")
    if len(word) > 5 and word.isalpha() and word.islower() and dice.chance(0.035):
        place = 1 + dice.below(len(word) - 3)
        if dice.chance(0.5):
            return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        return word[:place] + word[place + 1 :]
    return word
