"""Question wordings and short answers: what makes the encoder read the question instead of guessing it."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from models.sentiment import Sentiment
from models.training.datasets import IMPROVE, WHY
from models.training.examples import Example, hard, weak_frustration

ASKS_WHY = (
    "Why did you give that score?",
    "What is the main reason for your score?",
    "Please tell us why you gave this answer.",
    "Why?",
    "What made you choose that rating?",
)
ASKS_IMPROVE = (
    "What could we do better?",
    "How could we improve?",
    "What could we have done better?",
    "Is there anything we could improve?",
    "What should we change?",
    "What would have made your experience better?",
    "What did you like least?",
    "What went wrong?",
)
ASKS_GOOD = (
    "What was good?",
    "What did we do well?",
    "What did you like most?",
    "What did you enjoy about your visit?",
    "What went well?",
    "Which parts were you satisfied with?",
)
ASKS_OPEN = (
    "Any other comments?",
    "Is there anything else you would like to tell us?",
    "Please tell us about your experience.",
    "Do you have any further feedback?",
    "Please describe what you were satisfied or dissatisfied with.",
)
_NOTHING = (
    "Nothing",
    "Nothing.",
    "nothing at all",
    "None",
    "N/A",
    "No",
    "Not a thing",
    "nothing really",
    "can't think of anything",
)
_EVERYTHING = (
    "Everything",
    "everything!",
    "All of it",
    "the whole thing",
    "Everything really",
    "pretty much everything",
)
_UNSURE = (
    "Don't know",
    "not sure",
    "no comment",
    "n/a",
    "No idea",
    "same as above",
    "see above",
    "it was my first visit",
)
_SUBJECTS = (
    "the staff|waiting time|delivery|the price|the app|communication|parking|customer service|the food|opening hours|"
    "the website|checkout|the driver|response time|phone support|the room|cleanliness|the product|packaging|refunds|"
    "billing|the doctor|booking an appointment|the queue|installation|internet speed|the training|onboarding|the agent|"
    "the quality|signage|the seats|the checkout process|documentation|reliability|the menu|value for money|the sizes|"
    "returns|the location|wifi|the nurse|speed|the range of products|the battery|claims handling|the engineer|reminders"
).split("|")
_WISHES = (
    "better {}",
    "quicker {}",
    "improve {}",
    "more attention to {}",
    "{} needs work",
    "sort out {}",
    "{} could be better",
)
_FAMILIES: dict[str, tuple[str, ...]] = {WHY: ASKS_WHY, IMPROVE: ASKS_IMPROVE}


def short_answers() -> list[Example]:
    """Answers of a word or two whose sentiment is the question's: "nothing" is praise after "what went wrong?".

    The group is `made:KIND:TEXT`, where a kind is one list of answers to one family of questions.
    """
    negative, neutral, positive = Sentiment.NEGATIVE, Sentiment.NEUTRAL, Sentiment.POSITIVE
    subjects = tuple(subject.removeprefix("the ") for subject in _SUBJECTS)
    wishes = tuple(wish.format(subject) for wish, subject in product(_WISHES, subjects))
    table: tuple[tuple[Sequence[str], Sequence[str], Sentiment], ...] = (
        (ASKS_IMPROVE, _NOTHING, positive), (ASKS_GOOD, _NOTHING, negative), (ASKS_OPEN, _NOTHING, neutral),
        (ASKS_IMPROVE, _EVERYTHING, negative), (ASKS_GOOD, _EVERYTHING, positive),
        (ASKS_IMPROVE, _SUBJECTS, negative), (ASKS_GOOD, _SUBJECTS, positive), (ASKS_OPEN, _SUBJECTS, neutral),
        (ASKS_IMPROVE, wishes, negative),
        (ASKS_IMPROVE + ASKS_GOOD + ASKS_OPEN + ASKS_WHY, _UNSURE, neutral),
    )  # fmt: skip
    return [
        _answer(question, text, label, kind)
        for kind, (asked, texts, label) in enumerate(table)
        for question, text in product(asked, texts)
    ]


def _answer(question: str, text: str, label: Sentiment, kind: int) -> Example:
    target = hard(label)
    return Example(text, question, target, weak_frustration(target), f"made:{kind}:{text.lower()}", "short_answers")


def vary_questions(examples: Sequence[Example], rng: np.random.Generator) -> list[Example]:
    """One epoch's wording of the questions.

    A survey question is kept in 45 %, reworded in 35 % and dropped in 20 % of the draws; a comment of a data set
    without questions gets a question that fixes nothing in 40 %. Short answers keep theirs: alone they mean nothing.
    """
    return [_vary(example, rng) for example in examples]


def _vary(example: Example, rng: np.random.Generator) -> Example:
    if example.domain == "short_answers":
        return example
    draw = rng.random()
    if not example.question:
        asks = ASKS_OPEN + ASKS_WHY
        return replace(example, question=asks[rng.integers(len(asks))]) if draw < 0.4 else example
    if draw < 0.45:
        return example
    family = _FAMILIES.get(example.question, ASKS_OPEN)
    return replace(example, question="" if draw > 0.8 else family[rng.integers(len(family))])
