"""Discovered themes as people read them, under today's discovery or an older one, and what analysts say of them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from feedback.errors import ConfigError, NotFoundError
from ledger.store import SqlUnitOfWork
from ledger.themes import ThemeForm, ThemeVersion
from models.discovery.history import Act, KnownTheme, ThemeEvent, joined_to, known_themes, shown_as, today
from models.segments import digest
from nanni.parts import Parts
from nanni.theme_mentions import mentions_in, pages_of

_SPARE = 20
"""So many mentions are read for each quote: people say the same words."""


@dataclass(frozen=True, slots=True)
class ShownTheme:
    """A theme in a list. `responses` name it, those of themes joined to it included; `joined` are these themes' ids.

    `today` is what a theme of an older discovery is called now: itself, its heirs, or nothing when it died out;
    `example` what the customer nearest to its middle says, "" under an older discovery.
    """

    id: str
    name: str
    named_by: str
    responses: int
    stability: float
    tentative: bool
    pinned: bool
    terms: tuple[str, ...]
    joined: tuple[str, ...]
    today: tuple[str, ...]
    example: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A part of a comment that names a theme, and how near it is to the theme's middle."""

    survey: str
    response_id: str
    start: int
    end: int
    text: str
    cosine: float


@dataclass(frozen=True, slots=True)
class ThemeStory:
    """One theme: as it is, in its customers' words, and everything that happened to it."""

    theme: ShownTheme
    quotes: tuple[Quote, ...]
    events: tuple[ThemeEvent, ...]


Check = Callable[[int], None]
"""Looks at a theme's version in the transaction that changes it, and raises when it is not the one that was meant."""


def any_version(_: int) -> None:
    """The default `Check`."""


def listed(parts: Parts, number: int | None = None) -> tuple[ShownTheme, ...]:
    """Themes of a discovery, firm ones first, then the most named: the latest, or an older one of today's responses.

    Raises NotFoundError without that discovery.
    """
    with parts.ledger.read() as uow:
        version = _wanted(uow, number)
        themes = known_themes(uow.themes.events())
        latest = uow.themes.latest()
        current = latest is not None and latest.number == version.number
        counts = uow.themes.counts(joined_to(themes)) if current else None
        examples = uow.themes.typical() if current else {}
    responses = counts if counts is not None else recounted(parts, version, joined_to(themes))
    return _shown(version, themes, responses, examples)


def recounted(parts: Parts, version: ThemeVersion, joined: Mapping[str, str]) -> dict[str, int]:
    """In how many responses each theme of an older discovery stands, by the readings that are kept.

    Raises ConfigError when that discovery was made with another encoder.
    """
    _same_encoder(parts, version)
    counted: Counter[str] = Counter()
    for page in pages_of(parts, latest=True):
        named = {(one.response, joined.get(one.theme, one.theme)) for one in mentions_in(parts, version, page)}
        counted.update(theme for _, theme in named)
    return dict(counted)


def readable_version(uow: SqlUnitOfWork, parts: Parts, number: int) -> ThemeVersion:
    """A discovery that can be asked about today's responses. Raises NotFoundError, ConfigError for another encoder."""
    version = _wanted(uow, number)
    _same_encoder(parts, version)
    return version


def _same_encoder(parts: Parts, version: ThemeVersion) -> None:
    if version.encoder != parts.encoder.name:
        raise ConfigError(
            f"discovery {version.number} was made with {version.encoder}, texts are read by {parts.encoder.name}",
            next_step="read its words and events instead: `nanni outer-loop themes history`",
        )


def told(parts: Parts, theme: str, quotes: int = 5) -> ThemeStory:
    """One theme of the latest discovery with different quotes and events. Raises NotFoundError."""
    shown = _one(listed(parts), theme)
    with parts.ledger.read() as uow:
        near = uow.themes.nearest([shown.id, *shown.joined], _SPARE * quotes)
        events = [one for one in uow.themes.events() if one.theme == theme or theme in one.others]
    different: dict[str, Quote] = {}
    for survey, response, mention, text in near:
        quote = Quote(survey, response, mention.start, mention.end, text, mention.cosine)
        different.setdefault(digest(text), quote)
    said = tuple(different.values())[:quotes]
    return ThemeStory(shown, said, tuple(events))


def history(parts: Parts, theme: str | None = None) -> list[ThemeEvent]:
    """The theme ledger, oldest first, of one theme or of all."""
    with parts.ledger.read() as uow:
        events = uow.themes.events()
    return events if theme is None else about(theme, events)


def about(theme: str, events: Sequence[ThemeEvent]) -> list[ThemeEvent]:
    """What happened to one theme; how much it was is the theme's version."""
    return [one for one in events if theme in (one.theme, *one.others)]


def rename(parts: Parts, theme: str, name: str, actor: str, check: Check = any_version) -> None:
    """Give a theme a name that stays. Raises NotFoundError, ConfigError for a blank one."""
    if not name.strip():
        raise ConfigError("a theme needs a name", next_step="give one of at least a letter")
    _write(parts, Act.RENAMED, theme, actor, check, text=name.strip())


def join(parts: Parts, theme: str, into: str, actor: str, check: Check = any_version) -> None:
    """Make one theme part of another, for good. Raises NotFoundError, ConfigError when they already are one."""
    with parts.ledger.read() as uow:
        themes = known_themes(uow.themes.events())
    for one in (theme, into):
        _known(themes, one)
    if shown_as(theme, themes) == shown_as(into, themes):
        raise ConfigError(f"{theme} and {into} are one theme already", next_step="list them: `… themes list`")
    _write(parts, Act.JOINED, shown_as(theme, themes), actor, check, others=(shown_as(into, themes),))


def pin(parts: Parts, theme: str, pinned: bool, actor: str, check: Check = any_version) -> None:
    """Hold a theme as it is through every discovery, or let it go again. Raises NotFoundError."""
    _write(parts, Act.PINNED if pinned else Act.UNPINNED, theme, actor, check)


def _write(
    parts: Parts, act: Act, theme: str, actor: str, check: Check, others: tuple[str, ...] = (), text: str = ""
) -> None:
    with parts.ledger.begin() as uow:
        version, events = _wanted(uow, None), uow.themes.events()
        _known(known_themes(events), theme)
        check(len(about(theme, events)))
        uow.themes.append([ThemeEvent(version.number, parts.clock(), actor, act, theme, others, None, text)])


def _wanted(uow: SqlUnitOfWork, number: int | None) -> ThemeVersion:
    latest = uow.themes.latest()
    version = latest if number is None else uow.themes.version(number)
    if version is None:
        raise NotFoundError(
            "no themes were discovered yet" if latest is None else f"no discovery {number}",
            allowed=f"1 to {latest.number}" if latest else "",
            next_step="run `nanni outer-loop themes discover`" if latest is None else "name one of those",
        )
    return version


def _known(themes: Mapping[str, KnownTheme], theme: str) -> None:
    if theme not in themes:
        raise NotFoundError(
            f"no discovered theme {theme!r}",
            allowed=", ".join(themes) or "none yet",
            next_step="take an id from `nanni outer-loop themes list`",
        )


def _one(shown: tuple[ShownTheme, ...], theme: str) -> ShownTheme:
    found = next((one for one in shown if theme in (one.id, *one.joined)), None)
    if found is None:
        raise NotFoundError(
            f"no theme {theme!r} in the latest discovery",
            allowed=", ".join(one.id for one in shown),
            next_step="what became of it stands in `nanni outer-loop themes history`",
        )
    return found


def _shown(
    version: ThemeVersion,
    themes: Mapping[str, KnownTheme],
    responses: Mapping[str, int],
    examples: Mapping[str, str],
) -> tuple[ShownTheme, ...]:
    groups: dict[str, list[ThemeForm]] = {}
    for form in version.forms:
        groups.setdefault(shown_as(form.theme, themes), []).append(form)
    shown = [_group(theme, forms, themes, responses, examples) for theme, forms in groups.items()]
    return tuple(sorted(shown, key=lambda one: (one.tentative, -one.responses, one.id)))


def _group(
    theme: str,
    forms: list[ThemeForm],
    themes: Mapping[str, KnownTheme],
    responses: Mapping[str, int],
    examples: Mapping[str, str],
) -> ShownTheme:
    main = max(forms, key=lambda form: (form.theme == theme, form.size))
    known = themes[theme]
    return ShownTheme(
        id=theme,
        name=known.name,
        named_by=known.named_by,
        responses=responses.get(theme, 0),
        stability=round(main.stability, 3),
        tentative=all(form.tentative for form in forms),
        pinned=known.pinned,
        terms=main.terms,
        joined=tuple(form.theme for form in forms if form.theme != theme),
        today=today(theme, themes),
        example=examples.get(main.theme, ""),
    )
