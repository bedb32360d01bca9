"""Discovered themes of a workspace: found, kept in the theme ledger, assigned to every response."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

import numpy as np

from ledger.store import SqlUnitOfWork
from ledger.themes import ThemeForm, ThemeVersion
from models.discovery.discover import FEWEST_TEXTS, Discovery, DiscoverySettings, discover
from models.discovery.grouping import KEPT_A_WEEK, Former
from models.discovery.history import ThemeEvent, events_of, known_themes
from models.discovery.lineage import Descent, Fate, descend
from models.discovery.space import NONE
from nanni.parts import Parts
from nanni.theme_mentions import assign_new
from nanni.theme_texts import readings, smallest, stacked


@dataclass(frozen=True, slots=True)
class Discovered:
    """What a discovery came to; `new` is false when the same texts had been looked at the same way before.

    `version` is None when there are too few texts to find themes in. `fates` counts themes by what became of them;
    `mentions` are parts of comments that were assigned to a theme.
    """

    new: bool
    version: int | None
    texts: int
    themes: int
    tentative: int
    fates: Mapping[str, int]
    mentions: int
    fingerprint: str


def discover_themes(
    parts: Parts, actor: str, settings: DiscoverySettings | None = None, *, anew: bool = False
) -> Discovered:
    """Look for themes in what the taxonomy leaves over, carry the ids of known ones on, and assign every response.

    `anew`: not from where the last discovery ended; ids are carried on by the texts that themes share.
    """
    settings = settings or DiscoverySettings()
    texts = smallest(parts, settings.texts)
    codes = readings(parts, texts)
    with parts.ledger.read() as uow:
        latest, events = uow.themes.latest(), uow.themes.events()
    looked_at = _looked_at(parts, texts, settings)
    if len(texts) < FEWEST_TEXTS or (latest and latest.texts_digest == looked_at and not anew):
        mentions = assign_new(parts)
        return _told(False, latest, len(texts), {}, mentions)
    pinned = _pinned(latest, events, texts, codes, parts.encoder.name)
    known = latest is not None and latest.encoder == parts.encoder.name and not anew
    before = former(latest, parts.clock()) if latest and known else None
    found = discover(list(texts), list(texts.values()), stacked(codes, texts), settings, before=before, kept=pinned)
    with parts.ledger.begin() as uow:
        version, fates = _keep(uow, parts, found, latest, events, looked_at, pinned, actor)
    return _told(True, version, len(texts), fates, assign_new(parts))


def former(version: ThemeVersion, now: datetime) -> Former:
    """A discovery as the next one, at `now`, begins from it."""
    weeks = max((now - version.at) / timedelta(weeks=1), 0)
    return Former(version.space, np.array([form.stability for form in version.forms]), KEPT_A_WEEK**weeks)


def _looked_at(parts: Parts, texts: Mapping[str, str], settings: DiscoverySettings) -> str:
    """What the outcome depends on, as a digest. A pin holds what there is: by itself it changes nothing."""
    told = "\n".join([parts.encoder.name, parts.workspace.taxonomy.digest, repr(settings), *texts])
    return sha256(told.encode()).hexdigest()


def _pinned(
    latest: ThemeVersion | None,
    events: Sequence[ThemeEvent],
    texts: Mapping[str, str],
    codes: Mapping[str, np.ndarray[tuple[int], np.dtype[np.int8]]],
    encoder: str,
) -> dict[str, int]:
    """Of each text that has a pinned theme now: the theme's place in the latest discovery."""
    if latest is None or latest.encoder != encoder:
        return {}
    themes = known_themes(events)
    pinned = {form.place for form in latest.forms if themes[form.theme].pinned}
    places, _ = latest.space.assign(stacked(codes, texts))
    return {name: place for name, place in zip(texts, places.tolist(), strict=True) if place in pinned}


def _keep(
    uow: SqlUnitOfWork,
    parts: Parts,
    found: Discovery,
    latest: ThemeVersion | None,
    events: Sequence[ThemeEvent],
    looked_at: str,
    pinned: Mapping[str, int],
    actor: str,
) -> tuple[ThemeVersion, dict[str, int]]:
    number = (latest.number if latest else 0) + 1
    descents = _descents(uow, found, latest, events, pinned)
    fresh = [one.place for one in descents if one.place is not None and one.theme is None]
    ids = {one.place: one.theme for one in descents if one.place is not None and one.theme is not None}
    ids |= dict(zip(fresh, uow.themes.new_ids(len(fresh)), strict=True))
    names = {place: theme.name for place, theme in enumerate(found.themes)}
    version = _version(parts, found, number, ids, looked_at, actor)
    same = latest is not None and found.carried == tuple(range(len(latest.forms)))
    if latest and same and latest.taxonomy == version.taxonomy:  # what was said of responses still holds
        version = replace(version, assigned_to=latest.assigned_to)
    else:
        uow.themes.forget_mentions()
    uow.themes.add(version)
    uow.themes.append(events_of(descents, ids, names, number, version.at, actor))
    fates = [one.fate.value for one in descents]
    return version, {fate.value: fates.count(fate.value) for fate in Fate if fate.value in fates}


def _descents(
    uow: SqlUnitOfWork,
    found: Discovery,
    latest: ThemeVersion | None,
    events: Sequence[ThemeEvent],
    pinned: Mapping[str, int],
) -> list[Descent]:
    places = len(found.themes)
    if latest is None:
        return descend([], np.full(0, NONE), np.full(0, NONE), places)
    kept = uow.themes.codes(list(found.digests), latest.encoder)
    old, _ = latest.space.assign(stacked(kept, found.digests))
    settled = sorted(set(pinned.values()))
    held = [(latest.ids[at], places - len(settled) + turn) for turn, at in enumerate(settled)]
    if found.carried is not None:
        held = [(latest.ids[old], at) for at, old in enumerate(found.carried)]
    themes = known_themes(events)
    fates = descend(latest.ids, old, found.labels, places, held)
    # A pinned theme without a text this time is not dead: it is carried on when its texts come back.
    return [one for one in fates if one.place is not None or not themes[one.theme or ""].pinned]


def _version(
    parts: Parts, found: Discovery, number: int, ids: Mapping[int, str], looked_at: str, actor: str
) -> ThemeVersion:
    forms = tuple(
        ThemeForm(place, ids[place], one.size, one.stability, one.tentative, one.terms)
        for place, one in enumerate(found.themes)
    )
    return ThemeVersion(
        number, parts.clock(), actor, parts.encoder.name, parts.workspace.taxonomy.digest, looked_at, found.fingerprint,
        len(found.digests), found.space, found.words.counts, found.words.mean, 0, forms,
    )  # fmt: skip


def _told(new: bool, version: ThemeVersion | None, texts: int, fates: Mapping[str, int], mentions: int) -> Discovered:
    forms = version.forms if version else ()
    tentative = sum(form.tentative for form in forms)
    number, fingerprint = (version.number, version.fingerprint) if version else (None, "")
    return Discovered(new, number, texts, len(forms), tentative, fates, mentions, fingerprint)
