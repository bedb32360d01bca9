"""Small real workspaces on disk for tests of the whole walk."""

import csv
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

NANNI = """
timezone: Europe/London
batch_size: {batch_size}
sentiment: {{model: {model}}}
"""
SURVEY = """
title: After-purchase NPS
source: shop
touchpoint: Purchase
files: {format: csv, path: "inbox/*.csv", timezone: Europe/London}
scale: nps
language: en
mapping:
  response_id: id
  submitted_at: at
  score: score
  comments: [{id: why, column: comment, question: Why did you give that score?}]
  email: email
  attributes: {store: store}
"""
POLICY = """
lexicons: {churn: ["cancel*", "leaving", "never again"]}
rules:
  - {id: safety, severity: critical, owner: cx, reason: Answered at once., when: {keywords: "burn* OR injur*"}}
  - {id: leaving, severity: high, owner: cx, reason: They say they leave., when: {keywords: "@churn"}}
  - {id: detractor, severity: medium, owner: cx, reason: A bad score., when: {score: {at_most: 4}}}
"""
THEMES = """
themes:
  - id: delivery
    name: Delivery
    keywords: "deliver* OR courier"
    children: [{id: delivery.late, name: Late, keywords: late}]
  - {id: staff, name: Staff, keywords: "staff OR assistant"}
"""
ROUTING = """
teams:
  - id: care
    name: Care
    members:
      - {id: amira, name: Amira Khan, email: amira@example.org, capacity: 100000}
      - {id: ben, name: Ben Ode, email: ben@example.org, capacity: 100000}
routes: [{when: {theme: delivery}, team: care}]
fallback: {team: care, owner: amira}
"""
SLA = """
calendar:
  timezone: Europe/London
  hours: {mon: [&day "09:00-17:30"], tue: [*day], wed: [*day], thu: [*day], fri: [*day]}
targets:
  - {priority: urgent, first_touch: 2h, resolution: 1d, clock: elapsed}
  - {priority: high, first_touch: 4h, resolution: 2d, clock: business}
  - {priority: normal, first_touch: 1d, resolution: 5d, clock: business}
  - {priority: low, first_touch: 2d, resolution: 10d, clock: business}
escalate_overdue_to: amira
root_causes: [product, process, people]
"""
COLUMNS = ("id", "at", "score", "comment", "email", "store")
COMMENTS = (
    "",
    "Lovely staff, thank you.",
    "The courier was late and nobody told me.",
    "I am leaving, never again.",
    "The lamp burned my hand.",
    "It does what it says.",
    "Not late at all, well done.",
)
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def make_workspace(folder: Path, model: str = "none", batch_size: int = 1000) -> Path:
    """A complete workspace with one NPS survey of CSV files and no data yet."""
    (folder / "surveys").mkdir(parents=True)
    (folder / "inbox").mkdir()
    (folder / "nanni.yaml").write_text(NANNI.format(batch_size=batch_size, model=model))
    (folder / "surveys" / "nps.yaml").write_text(SURVEY)
    for name, text in (("policy", POLICY), ("themes", THEMES), ("routing", ROUTING), ("sla", SLA)):
        (folder / f"{name}.yaml").write_text(text)
    return folder


def make_rows(count: int, seed: int = 1, first: int = 0, customers: int = 0) -> list[dict[str, str]]:
    """Plausible rows; about a third fire a rule. `customers` limits how many different people answer."""
    rng = random.Random(seed)
    rows = []
    for i in range(first, first + count):
        at = (START + timedelta(minutes=7 * i)).strftime("%Y-%m-%d %H:%M:%S")
        person = rng.randrange(customers) if customers else i
        row = {
            "id": f"R{i}",
            "at": at,
            "score": str(rng.choice([0, 3, 5, 7, 8, 9, 9, 10, 10, 10])),
            "comment": rng.choice(COMMENTS),
            "email": f"c{person}@example.org",
            "store": rng.choice(["Leeds", "York"]),
        }
        rows.append(row)
    return rows


def write_csv(path: Path, rows: list[dict[str, str]]) -> Path:
    """An export of these rows."""
    with path.open("w", encoding="utf-8", newline="") as sink:
        writer = csv.DictWriter(sink, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path
