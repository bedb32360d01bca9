"""`nanni outer-loop themes`: what customers talk about beyond the taxonomy, and what became of each such theme."""

from typing import TYPE_CHECKING

from cyclopts import App
from rich.console import Console

from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import ERRORS, show, table

if TYPE_CHECKING:
    from models.discovery.history import ThemeEvent
    from nanni.found_themes import Discovered
    from nanni.theme_views import ShownTheme, ThemeStory

themes = App(name="themes", help="Themes found in what the taxonomy leaves over; their ids stay.")
_ACTOR = "analyst"


@themes.command
def discover(
    *, texts: int = 10_000, most: int = 200, anew: bool = False, actor: str = _ACTOR, common: Common = COMMON
) -> None:
    """Look for themes, carry the ids of known ones on, and ask every response which it names.

    Parameters
    ----------
    texts
        Look at no more parts of comments than these; all others are assigned all the same.
    most
        Find at most so many themes; how many there are is for the texts to say.
    anew
        Find all themes anew instead of carrying those there are on; an id stays where half its texts do.
    actor
        Who asks, for the ledger.
    """
    from models.discovery.discover import DiscoverySettings
    from models.discovery.grouping import GroupSettings
    from nanni.found_themes import discover_themes

    with opened(common) as parts, ERRORS.status("Reading comments ..."):
        settings = DiscoverySettings(texts=texts, groups=GroupSettings(themes=most))
        found = discover_themes(parts, actor, settings, anew=anew)
    show(found, lambda screen: _draw_discovered(screen, found), common.json)


@themes.command(name="list")
def list_themes(*, version: int | None = None, common: Common = COMMON) -> None:
    """List the themes there are, the most named first.

    Parameters
    ----------
    version
        Tell today's responses under this older discovery instead of the latest.
    """
    from nanni.theme_views import listed

    with opened(common) as parts:
        found = listed(parts, version)
    show(found, lambda screen: _draw_list(screen, found, version), common.json)


@themes.command(name="show")
def show_theme(theme: str, *, quotes: int = 5, common: Common = COMMON) -> None:
    """One theme: its words, what customers say, what happened to it.

    Parameters
    ----------
    theme
        Its id.
    quotes
        So many parts of comments, those nearest to its middle.
    """
    from nanni.theme_views import told

    with opened(common) as parts:
        story = told(parts, theme, quotes)
    show(story, lambda screen: _draw_story(screen, story), common.json)


@themes.command
def history(theme: str | None = None, *, common: Common = COMMON) -> None:
    """Everything that ever happened to themes, with the Jaccard it rests on.

    Parameters
    ----------
    theme
        Only what has to do with this one.
    """
    from nanni.theme_views import history as read

    with opened(common) as parts:
        events = read(parts, theme)
    show(events, lambda screen: screen.print(_events(events)), common.json)


@themes.command
def rename(theme: str, name: str, *, actor: str = _ACTOR, common: Common = COMMON) -> None:
    """Give a theme a name that stays through every discovery.

    Parameters
    ----------
    theme
        Its id.
    name
        The new name.
    actor
        Who says so.
    """
    from nanni.theme_views import rename as write

    with opened(common) as parts:
        write(parts, theme, name, actor)
    show({"theme": theme, "name": name}, lambda screen: screen.print(f"{theme} is called {name}."), common.json)


@themes.command
def merge(theme: str, *, into: str, actor: str = _ACTOR, common: Common = COMMON) -> None:
    """Make one theme part of another, for good; its id is kept.

    Parameters
    ----------
    theme
        The id of the one that disappears.
    into
        The id of the one it belongs to.
    actor
        Who says so.
    """
    from nanni.theme_views import join

    with opened(common) as parts:
        join(parts, theme, into, actor)
    show({"theme": theme, "into": into}, lambda screen: screen.print(f"{theme} is part of {into}."), common.json)


@themes.command
def pin(theme: str, *, off: bool = False, actor: str = _ACTOR, common: Common = COMMON) -> None:
    """Hold a theme as it is through every discovery.

    Parameters
    ----------
    theme
        Its id.
    off
        Let it go again.
    actor
        Who says so.
    """
    from nanni.theme_views import pin as write

    with opened(common) as parts:
        write(parts, theme, not off, actor)
    said = "is not held any more" if off else "is held"
    show({"theme": theme, "pinned": not off}, lambda screen: screen.print(f"{theme} {said}."), common.json)


def _draw_discovered(screen: Console, found: "Discovered") -> None:
    if found.version is None:
        screen.print(f"{found.texts} parts of comments are left over by the taxonomy: too few to find themes in.")
        return
    if found.new:
        fates = ", ".join(f"{count} {fate}" for fate, count in found.fates.items())
        screen.print(
            f"Discovery {found.version}: {found.texts:,} parts of comments left over by the taxonomy; {fates}."
        )
    else:
        screen.print(f"Nothing new since discovery {found.version}: the same texts, looked at the same way.")
    screen.print(f"{found.themes} themes, {found.tentative} of them tentative; {found.mentions:,} new mentions.")
    screen.print("Next: nanni outer-loop themes list", soft_wrap=True)


def _draw_list(screen: Console, found: "tuple[ShownTheme, ...]", version: int | None) -> None:
    columns = ["id", "name", "responses", "holds", "words", "today" if version else "for example"]
    rows = [_row(one, version is not None) for one in found]
    screen.print(table("Discovered themes", columns, rows, right=["responses"]))


def _row(one: "ShownTheme", older: bool) -> list[object]:
    holds = f"{one.stability:.2f}" + (" tentative" if one.tentative else "") + (" pinned" if one.pinned else "")
    told: list[object] = [one.id, one.name, one.responses, holds, ", ".join(one.terms[:6])]
    return [*told, (", ".join(one.today) or "died out") if older else one.example]


def _draw_story(screen: Console, story: "ThemeStory") -> None:
    _draw_list(screen, (story.theme,), None)
    if story.theme.joined:
        screen.print(f"Part of it: {', '.join(story.theme.joined)}")
    for quote in story.quotes:
        where = f"{quote.response_id}, characters {quote.start} to {quote.end}"
        screen.print(f"  “{quote.text}” ({where})", soft_wrap=True, markup=False)
    screen.print(_events(story.events))


def _events(events: "tuple[ThemeEvent, ...] | list[ThemeEvent]") -> object:
    rows = [
        [one.version, f"{one.at:%Y-%m-%d}", one.theme, one.act.value, ", ".join(one.others),
         "" if one.jaccard is None else f"{one.jaccard:.2f}", one.text, one.actor]
        for one in events
    ]  # fmt: skip
    return table("", ["discovery", "on", "theme", "what", "others", "Jaccard", "name", "by"], rows, right=["Jaccard"])
