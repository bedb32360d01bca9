"""What `benchmarks.ingest` ingests: a workspace like the demo's without sentiment rules, and an export from a seed."""

import csv
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

CUSTOMERS = 300_000
BAD_ROWS = 0.001
"""Share of rows that are to end in quarantine: a score off the scale, no id, or a store that does not exist."""

SURVEY = "store_nps"
NOW = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)
_START = datetime(2025, 7, 1, tzinfo=UTC)
_YEAR = timedelta(days=360)
_DEMO = Path(__file__).parent.parent / "data" / "demo"
_STORES = ("Ambleford", "Castlewick", "Stannerby", "Millbourne", "Tamsworth", "Ludgrove", "Penmarsh", "Saltcombe")
_COLUMNS = ("response", "recorded_at", "score", "comment", "email", "store", "tier")

_SETTINGS = "timezone: Europe/London\n"
MODELS = {
    "none": "sentiment: {model: none}\nepisodes: {alike: null}\n",
    "words": "sentiment: {model: none}\n",
    "default": "sentiment: {model: default}\n",
}
"""What reads comments: nothing; the encoder, where a theme was not read and words decide which ticket; that and the
sentiment model, as a workspace has it that says nothing."""
_SURVEY = """
title: After a visit to a store
source: shop
touchpoint: Store visit
files: {format: csv, path: "inbox/*.csv"}
scale: nps
language: en
channel: email
mapping:
  response_id: response
  submitted_at: recorded_at
  score: score
  comments: [{id: why, column: comment, question: What is the main reason for your score?}]
  email: email
  attributes: {store: store, tier: tier}
contract: contracts/store_nps.json
"""
_CONTRACT = """
{"name": "store_nps", "expectations": [
  {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "response_id"}},
  {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "submitted_at"}},
  {"type": "expect_column_values_to_be_between", "kwargs": {"column": "score", "min_value": 0, "max_value": 10}},
  {"type": "expect_column_value_lengths_to_be_between", "kwargs": {"column": "comment_why", "max_value": 1000000}},
  {"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "store", "value_set": STORES}},
  {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "email"}, "severity": "warning"}
]}
"""
_POLICY = """
lexicons:
  churn: ["cancel*", "leaving", "going elsewhere", "switching to", "competitor*", "won't be back", "last order"]
  complaint: ["rude", "broken", "damage*", "never arrived", "late", "refund*", "waste of", "ignored", "overcharg*"]
rules:
  - id: safety
    severity: critical
    owner: head-of-care
    reason: Injuries and hazards are answered the same day, whatever the score.
    when: {keywords: 'injur* OR scald* OR burn* OR stitches OR "electric shock" OR "caught fire"'}
  - id: detractor_with_complaint
    severity: high
    owner: head-of-care
    reason: A low score with a complaint in words can still be mended if somebody calls.
    when: {all: [{band: detractor}, {any: [{keywords: "@churn"}, {keywords: "@complaint"}]}]}
  - id: silent_detractor
    severity: high
    owner: head-of-care
    reason: A good score and a farewell in the comment is a customer nobody else would notice losing.
    when: {all: [{none: [{band: detractor}]}, {keywords: "@churn"}]}
  - id: lowest_score
    severity: medium
    owner: head-of-care
    reason: The very lowest scores of known customers are followed up even without a word.
    when: {all: [{attribute: {name: tier, in: [gold, silver]}}, {score: {at_most: 1}}]}
  - id: billing_dispute
    severity: medium
    owner: jo
    reason: Money taken wrongly becomes a dispute with the bank within days.
    when: {all: [{theme: billing}, {band: detractor}]}
"""

_SUBJECTS = (
    "the delivery", "my order", "the courier", "the sofa", "the lamp", "your staff", "the young man at the till",
    "the website", "checkout", "the price", "the refund", "the invoice", "the manager", "the bathroom mirror",
    "customer support", "the packaging", "the colour", "the voucher", "parking", "the whole visit", "the choice",
    "the assembly", "the queue", "the shop floor", "the garden chair", "the phone line", "the app", "the glaze",
    "my visit", "the cafe upstairs", "the armchair", "your autumn display", "everything", "the bed linen", "the advice",
    "the layout", "our kitchen table", "the evening opening", "the music", "the lift", "the whole experience", "it all",
    "the gift wrap", "the catalogue", "the wooden bowl", "the new branch", "the lady upstairs", "the light in there",
)  # fmt: skip
_PRAISE = (
    "was lovely", "could not be better", "arrived a day early", "was exactly as shown", "made my week", "was easy",
    "looked after us very well", "is worth every penny", "was friendly and quick", "looks great here", "was fine",
    "was kind enough to carry it to the car", "came with a smile", "is really good quality", "was simple to use",
)  # fmt: skip
_MIDDLING = (
    "was all right", "could be a little cheaper", "took longer than I hoped", "was okay but nothing special",
    "is smaller than it looks in the pictures", "was busy", "was not what I had in mind", "needs a bit more care",
    "was fine in the end", "is hard to find", "was average", "took two tries",
)  # fmt: skip
_BLAME = (
    "was late", "never arrived", "was unkind to my mother", "came broken", "had a mark on it", "was a waste of money",
    "took three weeks", "kept me waiting for an hour", "was hard to bear", "overcharged me", "is falling apart",
    "was the worst I have had", "did not work", "smells of paint", "was out of stock again", "was charged twice",
)  # fmt: skip
_JOINTS = ("and", "but", "also", "while", "although", "and then", "even if")
_TAILS = (
    "as always", "thank you", "which surprised me", "on a {day}", "after {n} days", "this time", "in {store}",
    "for a change", "I bought it for my {who}", "my order was {code}", "with {name} at the desk", "I would say",
    "compared with last year", "though nobody asked", "and I have told my {who}", "since {month}", "at {n} pounds",
)  # fmt: skip
_FAREWELLS = ("I am going elsewhere", "this was my last order", "I have cancelled my card", "we won't be back")
_HAZARDS = ("my son burned his hand on it", "the plug gave me an electric shock", "she needed stitches")
_SLOTS = {
    "day": ("Monday", "Tuesday", "Friday", "Saturday", "Sunday"),
    "month": ("January", "March", "June", "August", "November"),
    "who": ("mother", "sister", "neighbour", "husband", "wife", "daughter", "friend", "boss"),
    "name": ("Priya", "Callum", "Aisha", "Owen", "Marta", "Jodie", "Femi", "Stefan", "Grace", "Liam"),
    "store": _STORES,
}  # fmt: skip


def make_workspace(folder: Path, models: str = "none") -> Path:
    """A workspace with one NPS survey, read by one of `MODELS`; themes, routing and SLA are the demo's."""
    stores = '["' + '", "'.join(_STORES) + '"]'
    files = {
        "nanni.yaml": _SETTINGS + MODELS[models],
        "surveys/store_nps.yaml": _SURVEY,
        "contracts/store_nps.json": _CONTRACT.replace("STORES", stores),
        "policy.yaml": _POLICY,
    }
    files |= {name: (_DEMO / name).read_text(encoding="utf-8") for name in ("themes.yaml", "routing.yaml", "sla.yaml")}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def write_export(path: Path, rows: int, seed: int = 1) -> Path:
    """A CSV export of this many rows; a shorter one of the same seed is its beginning."""
    with path.open("w", encoding="utf-8", newline="") as sink:
        writer = csv.writer(sink)
        writer.writerow(_COLUMNS)
        writer.writerows(islice(_rows(random.Random(seed)), rows))
    return path


def _rows(rng: random.Random) -> Iterator[Sequence[str]]:
    number = 0
    while True:
        number += 1
        at = _START + _YEAR * rng.random()
        score = _score(rng)
        comment = comment_of(rng, score) if rng.random() < 0.6 else ""
        row = [
            f"R_{number:07d}{rng.getrandbits(32):08x}",
            f"{at:%Y-%m-%dT%H:%M:%SZ}",
            str(score),
            comment,
            f"customer.{rng.randrange(CUSTOMERS)}@example.org",
            rng.choice(_STORES),
            rng.choice(("gold", "silver", "", "", "")),
        ]
        if rng.random() < BAD_ROWS:
            column, value = rng.choice(((0, ""), (2, "11"), (5, "Atlantis")))
            row[column] = value
        yield row


def _score(rng: random.Random) -> int:
    """NPS as consumer surveys have it: 17 % detractors, 25 % passives."""
    draw = rng.random()
    if draw < 0.17:
        return rng.randrange(7)
    return rng.choice((7, 8)) if draw < 0.42 else rng.choice((9, 10))


def comment_of(rng: random.Random, score: int) -> str:
    """A few clauses of 5 to 20 words in the tone of the score, with odd spellings and words seen once."""
    tone = _BLAME if score < 7 else _MIDDLING if score < 9 else _PRAISE
    text = f"{rng.choice(_SUBJECTS)} {rng.choice(tone)}"
    if rng.random() < 0.6:
        other = rng.choice((tone, tone, _MIDDLING, _PRAISE))
        text += f" {rng.choice(_JOINTS)} {rng.choice(_SUBJECTS)} {rng.choice(other)}"
    if rng.random() < 0.55:
        text += f", {_tail(rng)}"
    draw = rng.random()
    if draw < 0.002:
        text += f". {rng.choice(_HAZARDS)}"
    elif draw < (0.08 if score < 7 else 0.004):
        text += f". {rng.choice(_FAREWELLS)}"
    return _typed(rng, text)


def _tail(rng: random.Random) -> str:
    given = {name: rng.choice(values) for name, values in _SLOTS.items()}
    return rng.choice(_TAILS).format(**given, n=rng.randrange(2, 90), code=f"LM{rng.getrandbits(24):06x}")


def _typed(rng: random.Random, text: str) -> str:
    draw = rng.random()
    if draw < 0.08:
        at = rng.randrange(1, len(text) - 1)
        text = text[:at] + text[at + 1 :]
    if draw < 0.5:
        text = text[0].upper() + text[1:] + rng.choice((".", ".", "!", ""))
    return text.upper() if draw > 0.985 else text.replace(" was not ", " wasn't ") if draw > 0.9 else text
