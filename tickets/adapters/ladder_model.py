"""The `escalation` of sla.yaml into a `Ladder`."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from feedback.adapters.yaml_file import FileModel
from feedback.errors import ConfigError
from tickets.adapters.durations import Duration, length
from tickets.adapters.priority_model import as_list
from tickets.ladder import LEAD, MANAGER, OWNER, TIMED, Ladder, Signal, SignalRule, Step, default_ladder
from tickets.routing import Routing
from tickets.sla import Metric

ROLES = (OWNER, LEAD, MANAGER)


def _percent(text: str) -> str:
    if not (text.endswith("%") and text[:-1].isdecimal() and int(text[:-1]) > 0):
        raise ValueError("not a share of the target such as 75% or 150%")
    return text


Share = Annotated[str, AfterValidator(_percent)]
People = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(as_list), Field(min_length=1)]
Metrics = Annotated[tuple[Metric, ...], BeforeValidator(as_list), Field(min_length=1)]


class StepModel(FileModel):
    """One rung: at a share of the target (75%, 100%, 150%), or after so much time past it (1d)."""

    at: Share | None = None
    after: Duration | None = None
    to: People
    metrics: Metrics = TIMED


class SignalModel(FileModel):
    """A signal besides time: `repeated` responses without an answer, or `impact` at stake, from a number on."""

    when: Signal
    at_least: float = Field(gt=0)
    to: People


class LadderModel(FileModel):
    """The ladder as written. `to` names people, or their role: owner, lead, manager.

    `on_acknowledgement`: whether the later steps of that promise are still told ("go_on") or not ("stop").
    """

    steps: tuple[StepModel, ...] = Field(min_length=1)
    signals: tuple[SignalModel, ...] = ()
    repeat: Duration | None = None
    most: int | None = Field(default=None, ge=1)
    on_acknowledgement: Literal["go_on", "stop"] = "go_on"


def build_ladder(
    model: LadderModel | None, overdue_to: str | None, path: Path, day: timedelta, routing: Routing | None
) -> Ladder:
    """The ladder; without one the single step of `escalate_overdue_to`. Raises ConfigError naming what is wrong."""
    if model is None:
        return default_ladder(overdue_to)
    for place, what, allowed in _faults(model, overdue_to, routing):
        raise ConfigError(
            what, where=f"{path}: escalation{place}", allowed=allowed, next_step="correct it and run `nanni check`"
        )
    return Ladder(
        steps=tuple(_step(step, day) for step in model.steps),
        signals=tuple(SignalRule(one.when, one.at_least, one.to) for one in model.signals),
        repeat=length(model.repeat, day) if model.repeat else None,
        most=model.most,
        stops=model.on_acknowledgement == "stop",
    )


def _step(model: StepModel, day: timedelta) -> Step:
    """A rung is known by its share or time, so that editing another one does not tell it again."""
    share = int(model.at[:-1]) / 100 if model.at else 1.0
    after = length(model.after, day) if model.after else timedelta()
    return Step(f"{model.at or model.after}>{'+'.join(model.to)}", model.to, share, after, model.metrics)


def _faults(model: LadderModel, overdue_to: str | None, routing: Routing | None) -> Iterator[tuple[str, str, str]]:
    if overdue_to is not None:
        yield "", "there is an `escalate_overdue_to` too, which says the same shortly", "one of the two"
    for i, step in enumerate(model.steps):
        if (step.at is None) is (step.after is None):
            yield f".steps[{i}]", "a step needs either `at` or `after`", ""
    rungs = [(step.at, step.after, step.to) for step in model.steps]
    if len(set(rungs)) < len(rungs):
        yield ".steps", "a step stands there twice", ""
    for i, signal in enumerate(model.signals):
        if signal.when is Signal.EXPERTISE:
            yield f".signals[{i}].when", "expertise is asked for by hand: `nanni tickets escalate`", "repeated, impact"
    if routing is None:
        return
    known = [member.id for team in routing.teams for member in team.members]
    named = [name for step in model.steps for name in step.to] + [name for one in model.signals for name in one.to]
    if unknown := [name for name in named if name not in ROLES and name not in known]:
        yield "", f"{unknown[0]!r} is no role and in no team", ", ".join((*ROLES, *known))
