"""How the fictional company's year goes: what is asked where, what goes wrong when, how customers score it."""

from dataclasses import dataclass
from datetime import date

COMPANY = "Larkmoor Home"
FIRST_DAY, LAST_DAY = date(2025, 10, 1), date(2026, 9, 30)

MONTHS = {10: 1.0, 11: 1.2, 12: 1.5, 1: 1.3, 2: 0.8, 3: 0.85, 4: 0.9, 5: 0.95, 6: 0.9, 7: 1.05, 8: 0.8, 9: 0.9}
"""Responses a day by month, relative to October: Christmas, returns in January, the summer sale."""

BURST = (date(2026, 2, 9), date(2026, 2, 15))
BURST_REGION = "North"
BURST_RESPONSES = 85
"""The week in which the courier's northern depot stood still, and how many more people than usual answered."""

CHECKOUT_FAULT = (date(2026, 5, 11), date(2026, 5, 24))
"""A release of the web shop that broke the checkout on phones."""

NEW_PACKAGING = date(2026, 4, 1)
"""From here on goods are packed better: the fix of data/demo/initiatives.yaml, whose effect the outer loop finds."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One survey of the company: its volume, how often things go badly, and what people then talk about."""

    id: str
    responses: int
    bad: float
    mixed: float
    bad_themes: dict[str, float]
    good_themes: dict[str, float]
    languages: frozenset[str]


SURVEYS = {
    ask.id: ask
    for ask in (
        Ask(
            "store_nps", 1650, 0.09, 0.20,
            {"staff": 26, "stock": 20, "price": 13, "returns": 14, "billing": 9, "quality": 18},
            {"staff": 46, "price": 14, "stock": 10, "quality": 24, "returns": 6},
            frozenset({"en"}),
        ),
        Ask(
            "web_csat", 1350, 0.11, 0.19,
            {"website": 34, "stock": 12, "billing": 14, "price": 10, "delivery": 16, "quality": 14, "damaged": 18},
            {"website": 48, "quality": 22, "price": 16, "stock": 14},
            frozenset({"en", "de", "fr", "es"}),
        ),
        Ask(
            "support_ces", 850, 0.16, 0.20,
            {"wait": 46, "returns": 20, "billing": 14, "delivery": 12, "damaged": 26},
            {"wait": 74, "returns": 16, "billing": 10},
            frozenset({"en", "de", "fr", "ar"}),
        ),
        Ask(
            "delivery_nps", 1050, 0.12, 0.18,
            {"delivery": 50, "damaged": 78, "quality": 8, "wait": 8},
            {"delivery": 80, "quality": 20},
            frozenset({"en", "de", "fr", "es", "ar"}),
        ),
    )
}  # fmt: skip

SCORES: dict[str, dict[str, dict[int, float]]] = {
    "nps": {
        "bad": {0: 20, 1: 8, 2: 11, 3: 14, 4: 11, 5: 17, 6: 19},
        "mixed": {5: 9, 6: 13, 7: 42, 8: 36},
        "good": {8: 20, 9: 31, 10: 49},
        "silent": {9: 70, 10: 30},
    },
    "csat": {
        "bad": {1: 56, 2: 44}, "mixed": {3: 68, 4: 32}, "good": {4: 36, 5: 64}, "silent": {5: 60, 4: 40},
    },
    "ces": {
        "bad": {1: 36, 2: 34, 3: 30}, "mixed": {4: 62, 5: 38}, "good": {5: 18, 6: 40, 7: 42},
        "silent": {6: 60, 7: 40},
    },
}  # fmt: skip
"""Scores by scale and tone; higher is better on each."""

ANSWERS_IN_WORDS = {"bad": 0.86, "mixed": 0.60, "good": 0.46, "silent": 1.0}
"""How many of each tone write something."""

SELDOM = 4
"""A theme of less weight is not what somebody complains of besides."""

SILENT = 0.014
"""Share of otherwise good scores whose comment says the customer is leaving."""


def chance_of_bad(ask: Ask, day: date, region: str) -> float:
    """How likely an experience is to be bad, given the season and the year's events."""
    chance = ask.bad + {12: 0.03, 1: 0.04, 6: -0.02, 8: -0.02}.get(day.month, 0.0)
    if in_burst(ask.id, day, region):
        return 0.82
    if ask.id == "web_csat" and CHECKOUT_FAULT[0] <= day <= CHECKOUT_FAULT[1]:
        return chance + 0.25
    if ask.id == "delivery_nps" and day >= NEW_PACKAGING:
        return chance * 0.75
    return chance


def bad_themes(ask: Ask, day: date, region: str) -> dict[str, float]:
    """What a bad experience is about, given the season and the year's events."""
    weights = dict(ask.bad_themes)
    if in_burst(ask.id, day, region):
        return {"delivery": 94, "wait": 6}
    if ask.id == "web_csat" and CHECKOUT_FAULT[0] <= day <= CHECKOUT_FAULT[1]:
        weights["website"] *= 5
    if "damaged" in weights and day >= NEW_PACKAGING:
        weights["damaged"] *= 0.05
    seasonal = {("delivery", 12): 1.8, ("returns", 1): 2.2, ("stock", 7): 1.8, ("price", 7): 1.6}
    return {theme: weight * seasonal.get((theme, day.month), 1.0) for theme, weight in weights.items()}


def in_burst(survey: str, day: date, region: str) -> bool:
    """Whether the courier failure hits this delivery."""
    return survey == "delivery_nps" and region == BURST_REGION and BURST[0] <= day <= BURST[1]
