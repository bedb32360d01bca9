"""Reads `policy.yaml`, checks it against the surveys and themes it speaks of, and keeps its canonical text."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from feedback.adapters.yaml_file import load_yaml
from feedback.adapters.yaml_places import Places, place
from feedback.errors import ConfigError
from feedback.survey import SurveyDefinition
from triggers.adapters.policy_model import PolicyModel, canonical_text
from triggers.handling_checks import handling_problems
from triggers.policy import Policy, SentimentLimits
from triggers.policy_checks import problems
from triggers.suspicions import suspicions
from triggers.themes import Taxonomy


def load_policy(
    path: Path, surveys: Mapping[str, SurveyDefinition], themes: Taxonomy, limits: SentimentLimits | None = None
) -> Policy:
    """The checked policy of a workspace, `limits` in place of what it leaves to the recall contract.

    Raises ConfigError with the file, and the line where one is at fault, of the first thing that is wrong.
    """
    try:
        policy = load_yaml(path, PolicyModel).policy(limits)
    except ConfigError as error:
        raise error if error.where else ConfigError(error.what, where=str(path), next_step=error.next_step) from error
    found = [*problems(policy, surveys, themes.ids), *handling_problems(policy, surveys, themes.ids)]
    if not found:
        return policy
    first, more = found[0], len(found) - 1
    raise ConfigError(
        first.what,
        where=place(path, first.path),
        allowed=first.allowed,
        next_step=first.next_step + (f" ({more} more after it)" if more else ""),
    )


def doubts(path: Path, policy: Policy, surveys: Mapping[str, SurveyDefinition]) -> list[str]:
    """What a policy file that loads may say but hardly means: a sentence each, with file and line."""
    places = Places(path)
    return [f"{places.of(one.path)}: {one.what}; {one.next_step}" for one in suspicions(policy, surveys)]


def policy_text(policy: Policy) -> str:
    """The canonical text that the policy's hash is of: what the ledger keeps."""
    return canonical_text(policy)


def parse_policy_text(text: str) -> Policy:
    """A kept policy as it was, without checking it against today's surveys. Raises ConfigError."""
    try:
        return PolicyModel.model_validate_json(text).policy()
    except ValidationError as error:
        raise ConfigError(
            f"the stored policy cannot be read: {error.errors()[0]['msg']}",
            next_step="it was kept by a newer version of Nanni: update, then ask again",
        ) from error


def policy_schema() -> dict[str, Any]:
    """JSON Schema of `policy.yaml`, for editors."""
    return PolicyModel.model_json_schema()
