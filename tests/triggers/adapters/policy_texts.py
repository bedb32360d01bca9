"""Policies as files, and the surveys and themes they speak of."""

from pathlib import Path

from feedback.scale import CSAT, NPS
from tests.triggers.builders import survey
from triggers.adapters.policy_file import load_policy
from triggers.policy import Policy, SentimentLimits
from triggers.themes import Taxonomy, Theme

SURVEYS = {"store": survey("store", NPS), "web": survey("web", CSAT), "chat": survey("chat", None, ("said",))}


THEMES = Taxonomy([Theme("billing", "Billing", "bill*")])


GOOD = """\
lexicons:
  churn: ["cancel*", "leaving", "switch to", "competitor"]
rules:
  - id: safety
    severity: critical
    owner: cx-lead
    reason: Injuries and hazards are answered the same day.
    surveys: [store]
    when: {keywords: 'injur* OR burn* OR "caught fire"'}
  - id: detractor_with_complaint
    severity: high
    surveys: [store, web]
    when:
      all:
        - band: detractor
        - any:
            - sentiment: {is: negative, at_least: 0.6}
            - keywords: "@churn"
  - id: silent_detractor
    severity: medium
    surveys: [store, web]
    when: {all: [{sentiment: {is: negative, at_least: 0.85}}, {none: [{band: detractor}]}]}
  - id: low_score
    severity: medium
    surveys: [store, web]
    when: {score: {at_most: 3}}
  - id: gold_passive
    severity: low
    when: {all: [{attribute: {name: tier, in: [gold]}}, {band: {band: passive, missing: quiet}}]}
  - id: billing
    severity: low
    when: {theme: billing}
"""


def load(tmp_path: Path, text: str) -> Policy:
    file = tmp_path / "policy.yaml"
    file.write_text(text, "utf-8")
    return load_policy(file, SURVEYS, THEMES)


def rule(when: str, more: str = "") -> str:
    return f"rules:\n  - id: one\n    severity: low\n{more}    when: {when}\n"


LIMITS = SentimentLimits(0.21, (0.2, 0.3, 0.4))


CONTRACT = """\
ambiguous: review
rules:
  - id: sounds
    severity: high
    surveys: [store]
    when: {any: [{sentiment: {is: negative, at_least: contract}}, {band: detractor}]}
"""
