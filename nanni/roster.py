"""Teams and absences changed from the desk: routing.yaml itself is edited, the one truth that the team's git sees.

Comments and order of the file stay. A change is written only when the whole workspace still loads with it, when nobody
changed the file since it was read, and together with a line in the store's journal, whose lock keeps two desks apart.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from shutil import copymode
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from feedback.errors import ConfigError, NotFoundError, StaleWriteError, StoreError
from ledger.inbox_numbers import live_keys
from ledger.journal import record
from ledger.store import SqlUnitOfWork
from nanni.parts import Parts
from nanni.workspace import ROUTING_FILE, load_workspace
from tickets.access import EVERYTHING
from tickets.routing import Member

Edit = Callable[[CommentedMap], None]
Check = Callable[[SqlUnitOfWork], None]
"""What must hold in the transaction of a change; raises otherwise."""
WIDTH = 120


def nothing(uow: SqlUnitOfWork) -> None:
    """A check that always holds."""


def roster_version(parts: Parts) -> str:
    """The version of routing.yaml as it is on disk now."""
    return _version((parts.workspace.folder / ROUTING_FILE).read_bytes())


def reread(parts: Parts) -> None:
    """Take routing.yaml as it is on disk now. Raises ConfigError when the workspace does not load with it."""
    parts.workspace = replace(parts.workspace, routing=load_workspace(parts.workspace.settings).routing)


def change_roster(
    parts: Parts, seen: str, actor: str, action: str, told: Mapping[str, str], edit: Edit,
    also: Check = nothing,
) -> None:  # fmt: skip
    """Edit routing.yaml and go on with it. `seen` is the version that whoever edits was looking at.

    Raises StaleWriteError when the file is another by now, ConfigError when the workspace would not load any more,
    StoreError when the file cannot be written; then nothing was changed.
    """
    path = parts.workspace.folder / ROUTING_FILE
    with parts.ledger.begin() as uow:
        record(uow.connection, parts.clock(), actor, action, told)  # first: it is the lock
        also(uow)
        text = path.read_bytes()
        if _version(text) != seen:
            raise StaleWriteError(
                "somebody changed routing.yaml meanwhile", next_step="look at the teams again and repeat the change"
            )
        draft = path.with_suffix(".new.yaml")
        try:
            _write(draft, text, edit)
            routing = load_workspace(parts.workspace.settings, draft.name).routing
            copymode(path, draft)
            draft.replace(path)
        except OSError as error:
            raise StoreError(
                "routing.yaml cannot be written", where=path.name, next_step="give the desk's user the right to"
            ) from error
        finally:
            draft.unlink(missing_ok=True)
    parts.workspace = replace(parts.workspace, routing=routing)


def _write(draft: Path, text: bytes, edit: Edit) -> None:
    yaml = YAML(typ="rt")
    yaml.width, yaml.preserve_quotes = WIDTH, True
    if re.search(rb"^ +- ", text, re.MULTILINE):  # lists are set in, as `nanni init` writes them
        yaml.indent(mapping=2, sequence=4, offset=2)
    document = yaml.load(text.decode())
    edit(document)
    with draft.open("w", encoding="utf-8", newline="\n") as sink:
        yaml.dump(document, sink)


def _version(text: bytes) -> str:
    return sha256(text).hexdigest()[:16]


def capacity(team: str, member: str, value: int) -> Edit:
    """How many live tickets somebody takes at most."""
    return lambda document: _member(document, team, member).__setitem__("capacity", value)


def leaders(team: str, lead: str, manager: str) -> Edit:
    """Who leads a team and who manages it; "" for nobody of its own."""

    def edit(document: CommentedMap) -> None:
        found = _team(document, team)
        for name, value in (("lead", lead), ("manager", manager)):
            if value:
                found[name] = value
            else:
                found.pop(name, None)

    return edit


def new_team(team: str, name: str, first: Member) -> Edit:
    """A new team, with somebody who is in another one already. Raises ConfigError for an id that is taken."""

    def edit(document: CommentedMap) -> None:
        if any(one["id"] == team for one in document["teams"]):
            raise ConfigError(f"there is a team {team!r} already", next_step="choose another id")
        made = CommentedMap(id=first.id, name=first.name, email=first.email, capacity=first.capacity)
        made.fa.set_flow_style()
        document["teams"].append(CommentedMap(id=team, name=name, members=CommentedSeq([made])))

    return edit


def renamed(team: str, name: str) -> Edit:
    """What a team is called; its id, by which routes and tickets know it, stays."""
    return lambda document: _team(document, team).__setitem__("name", name)


def new_member(team: str, member: str, name: str, email: str, room: int) -> Edit:
    """Somebody new in a team; who is in another team already is the same person there."""

    def edit(document: CommentedMap) -> None:
        members = _team(document, team)["members"]
        made = CommentedMap({"id": member, "name": name or member, "email": email, "capacity": room})
        made.fa.set_flow_style()
        members.append(made)

    return edit


def no_member(team: str, member: str) -> Edit:
    """Somebody leaves a team."""

    def edit(document: CommentedMap) -> None:
        _team(document, team)["members"].remove(_member(document, team, member))

    return edit


def holds_nothing(member: str, home: int) -> Check:
    """A check that somebody who is in `home` teams can leave one: from their last only without live tickets."""

    def check(uow: SqlUnitOfWork) -> None:
        if home < 2 and live_keys(uow.connection, EVERYTHING, member, limit=1):
            raise ConfigError(f"{member} holds live tickets", next_step="hand them over first, on the teams page")

    return check


def away(member: str, first: date, last: date, delegate: str, hands_over: bool) -> Edit:
    """Somebody is away, and who stands in."""

    def edit(document: CommentedMap) -> None:
        made: dict[str, Any] = {"from": first, "until": last}
        if delegate:
            made["delegate"] = delegate
        absence = CommentedMap({**made, "tickets": "hand_over" if hands_over else "keep"})
        absence.fa.set_flow_style()
        person = _first(document, member)
        if "absences" not in person:
            person["absences"] = CommentedSeq()
            person["absences"].fa.set_flow_style()
        person["absences"].append(absence)

    return edit


def not_away(member: str, first: date, last: date) -> Edit:
    """An absence is called off."""

    def edit(document: CommentedMap) -> None:
        for person in _everywhere(document, member):
            kept = [one for one in person.get("absences", ()) if (one["from"], one["until"]) != (first, last)]
            if len(kept) < len(person.get("absences", ())):
                person["absences"] = CommentedSeq(kept)
                person["absences"].fa.set_flow_style()
            if not person.get("absences", True):
                del person["absences"]

    return edit


def _team(document: CommentedMap, team: str) -> CommentedMap:
    found: CommentedMap | None = next((one for one in document["teams"] if one["id"] == team), None)
    if found is None:
        raise NotFoundError(f"no team {team!r}", next_step="look at the teams again")
    return found


def _everywhere(document: CommentedMap, member: str) -> list[CommentedMap]:
    return [one for team in document["teams"] for one in team["members"] if one["id"] == member]


def _first(document: CommentedMap, member: str) -> CommentedMap:
    found = _everywhere(document, member)
    if not found:
        raise NotFoundError(f"nobody called {member!r} is in a team", next_step="look at the teams again")
    return found[0]


def _member(document: CommentedMap, team: str, member: str) -> CommentedMap:
    members: list[CommentedMap] = _team(document, team)["members"]
    found = next((one for one in members if one["id"] == member), None)
    if found is None:
        raise NotFoundError(f"nobody called {member!r} is in {team}", next_step="look at the teams again")
    return found
