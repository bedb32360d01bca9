"""closing.yaml into a `ClosingPolicy`, and the templates of what customers are told."""

from collections.abc import Mapping
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import Field

from feedback.adapters.yaml_file import FileModel, load_yaml
from feedback.errors import ConfigError
from tickets.adapters.durations import Duration, length
from tickets.calendar import Calendar, Clock
from tickets.closing import CheckItem, ClosingPolicy, CustomerMessage, default_closing
from tickets.customer_message import SAMPLE, filled
from tickets.episodes import ReopenWindow
from tickets.routing import Routing

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]


class ReopenModel(FileModel):
    """How long an unhappy customer, or the same trouble again, reopens a ticket, and who owns it then."""

    within: Duration = "72h"
    clock: Clock = Clock.ELAPSED
    to: str | None = None
    unhappy_at_most: int = Field(default=2, ge=1, le=4)


class SurveyModel(FileModel):
    """When the follow-up survey is asked, how long its link is good, and the address it begins with."""

    after: Duration = "30m"
    lasts: Duration = "14d"
    url: str = ""


class ItemModel(FileModel):
    """One item of the closing checklist."""

    id: Id
    says: str = Field(min_length=1)


class ClosingModel(FileModel):
    """closing.yaml as written. `messages` names what customers are told; nothing is sent that is not named."""

    messages: tuple[CustomerMessage, ...] = ()
    survey: SurveyModel = SurveyModel()
    reopen: ReopenModel = ReopenModel()
    close_after: Duration | None = None
    checklist: tuple[ItemModel, ...] = ()


def load_closing(path: Path, calendar: Calendar, routing: Routing, desk_url: str = "") -> ClosingPolicy:
    """Read closing.yaml; without the file nothing is sent and the defaults hold. Raises ConfigError."""
    if not path.is_file():
        return default_closing(calendar)
    model = load_yaml(path, ClosingModel)
    url = model.survey.url or desk_url
    if fault := _fault(model, routing, url):
        place, what, next_step = fault
        raise ConfigError(what, where=f"{path}: {place}", next_step=next_step)
    clock = model.reopen.clock
    day = calendar.working_day() if clock is Clock.BUSINESS else timedelta(days=1)
    return ClosingPolicy(
        reopen=ReopenWindow(length(model.reopen.within, day), calendar, clock),
        messages=model.messages,
        survey_after=length(model.survey.after),
        survey_lasts=length(model.survey.lasts),
        survey_url=url.rstrip("/"),
        unhappy_at_most=model.reopen.unhappy_at_most,
        senior=model.reopen.to,
        close_after=length(model.close_after, day) if model.close_after else None,
        checklist=tuple(CheckItem(item.id, item.says) for item in model.checklist),
    )


def load_templates(folder: Path) -> Mapping[CustomerMessage, str]:
    """Each message's template: the workspace's own, else the one that comes with Nanni.

    Raises ConfigError for one of the workspace's that cannot be used.
    """
    own = {message: folder / f"{message}.txt" for message in CustomerMessage}
    found = {}
    for message, path in own.items():
        if not path.is_file():
            found[message] = (files("tickets") / "templates" / "customer" / path.name).read_text("utf-8")
            continue
        found[message] = path.read_text("utf-8")
        filled(found[message], SAMPLE, str(path))
        if message is CustomerMessage.SURVEY and "link" not in found[message]:
            raise ConfigError("it does not use {{ link }}", where=str(path), next_step="put the link where it belongs")
    return found


def _fault(model: ClosingModel, routing: Routing, url: str) -> tuple[str, str, str] | None:
    """What is wrong: place, sentence, next step."""
    if model.reopen.to is not None and not routing.address(model.reopen.to):
        return "reopen.to", f"{model.reopen.to!r} is in no team of routing.yaml", "name a member of a team"
    if CustomerMessage.SURVEY in model.messages and not url:
        return "survey.url", "a survey needs an address that its link begins with", "set it, or desk_url in nanni.yaml"
    ids = [item.id for item in model.checklist]
    if len(set(ids)) < len(ids):
        return "checklist", "an item stands there twice", "give each its own id"
    return None
