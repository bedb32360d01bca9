"""The demo year's responses, before they are written into any file."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from nanni.demo import company
from nanni.demo.comments import Commenter, Prompt
from nanni.demo.company import SURVEYS, Ask
from nanni.demo.dice import Dice
from nanni.demo.grammar import Grammar
from nanni.demo.people import Customer

SCALES = {"store_nps": "nps", "web_csat": "csat", "support_ces": "ces", "delivery_nps": "nps"}
CHANNELS = {
    "store_nps": {"email": 55, "sms": 20, "qr-code": 25},
    "web_csat": {"web": 80, "app": 20},
    "support_ces": {"phone": 45, "chat": 30, "email": 25},
    "delivery_nps": {"sms": 70, "email": 30},
}
_HOURS = {
    7: 2,
    8: 5,
    9: 8,
    10: 9,
    11: 9,
    12: 9,
    13: 8,
    14: 7,
    15: 7,
    16: 8,
    17: 9,
    18: 10,
    19: 11,
    20: 10,
    21: 7,
    22: 3,
}
_HEX = "0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Answer:
    """One response of the demo year. `score` is text, "" when the question was skipped; times are UTC."""

    id: str
    survey: str
    at: datetime
    customer: Customer
    store: str
    channel: str
    language: str
    theme: str
    tone: str
    score: str
    comment: str
    improve: str = ""
    status: str = "0"
    finished: bool = True
    anonymous: bool = False


class Year:
    """Makes answers: the people, the phrases and the dice of one demo year."""

    def __init__(self, customers: list[Customer], phrases: dict[str, Grammar], dice: Dice) -> None:
        self._customers, self._english, self._dice = customers, phrases["en"], dice
        self._commenter = Commenter(phrases)
        days = [company.FIRST_DAY + timedelta(days=i) for i in range((company.LAST_DAY - company.FIRST_DAY).days + 1)]
        self._days = {day: company.MONTHS[day.month] * (1.15 if day.weekday() >= 5 else 1.0) for day in days}
        self._number = 0

    def answers(self) -> Iterator[Answer]:
        """The whole year, survey by survey, unordered in time."""
        for ask in SURVEYS.values():
            for _ in range(ask.responses):
                yield self.answer(ask, self._dice.weighted(self._days))
        for _ in range(company.BURST_RESPONSES):
            day = company.BURST[0] + timedelta(days=self._dice.below(7))
            yield self.answer(SURVEYS["delivery_nps"], day, company.BURST_REGION)

    def answer(self, ask: Ask, day: date, region: str | None = None) -> Answer:
        """One answer to a survey on a day."""
        dice, customer = self._dice, self._customer(ask, region)
        tone = self._tone(ask, day, customer.region)
        complaints = company.bad_themes(ask, day, customer.region)
        theme = dice.weighted(complaints if tone == "bad" else ask.good_themes)
        prompt = Prompt(
            theme,
            tone,
            customer.language,
            customer.store,
            customer.style,
            tuple(ask.good_themes),
            tuple(theme for theme, weight in complaints.items() if weight >= company.SELDOM),
        )
        says = dice.chance(company.ANSWERS_IN_WORDS[tone])
        channel = dice.weighted(CHANNELS[ask.id])
        return Answer(
            id=self._id(ask.id),
            survey=ask.id,
            at=self._moment(day),
            customer=customer,
            store=customer.store,
            channel=channel,
            language=customer.language,
            theme=theme,
            tone=tone,
            score="" if dice.chance(0.012) else str(dice.weighted(company.SCORES[SCALES[ask.id]][tone])),
            comment=self._commenter.write(prompt, dice) if says else "",
            improve=self._improvement(tone) if ask.id == "store_nps" and dice.chance(0.35) else "",
            finished=not dice.chance(0.02),
            anonymous=channel == "qr-code" and dice.chance(0.4),
        )

    def edited(self, answer: Answer) -> Answer:
        """The same answer as its customer left it weeks later."""
        better = answer.tone == "bad" and self._dice.chance(0.6)
        tone = "good" if better else "bad"
        update = self._english.say(f"update.{tone}", self._dice, {"kind": "furniture"})
        score = str(self._dice.weighted(company.SCORES[SCALES[answer.survey]]["mixed" if better else "bad"]))
        return replace(answer, score=score, tone=tone, comment=f"{answer.comment}\n{update}".strip())

    def _customer(self, ask: Ask, region: str | None) -> Customer:
        while True:
            # The first of the list answer most often: some customers come back again and again.
            customer = self._customers[int(len(self._customers) * self._dice.share() ** 1.6)]
            if customer.language in ask.languages and region in (None, customer.region):
                return customer

    def _tone(self, ask: Ask, day: date, region: str) -> str:
        share, bad = self._dice.share(), company.chance_of_bad(ask, day, region)
        if share < bad:
            return "bad"
        if share < bad + ask.mixed * (1 - bad):
            return "mixed"
        return "silent" if self._dice.chance(company.SILENT) else "good"

    def _improvement(self, tone: str) -> str:
        section = "improve.bad" if tone == "bad" else "improve.good"
        return self._english.say(section, self._dice, {"kind": "textile", "store": "your shop"})

    def _moment(self, day: date) -> datetime:
        minute, second = self._dice.below(60), self._dice.below(60)
        return datetime.combine(day, time(self._dice.weighted(_HOURS), minute, second), UTC)

    def _id(self, survey: str) -> str:
        self._number += 1
        if survey == "store_nps":
            return "R_" + self._dice.code("0123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", 15)
        if survey == "web_csat":
            return f"W{self._number:06d}"
        if survey == "support_ces":
            return f"ce-{self._dice.code(_HEX, 12)}"
        return "cm" + self._dice.code("0123456789abcdefghijklmnopqrstuvwxyz", 22)
