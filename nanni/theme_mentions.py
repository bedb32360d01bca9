"""Which responses name a discovered theme: the same function for those it was found in and for every later one."""

from collections.abc import Iterator, Sequence

from ledger.themes import Comments, Mention, ThemeVersion
from models.discovery.space import NONE
from nanni.parts import Parts
from nanni.theme_texts import leftovers, readings, stacked


def assign_new(parts: Parts) -> int:
    """Ask the latest discovery about responses it has not been asked about; how many parts of comments have a theme."""
    with parts.ledger.read() as uow:
        version = uow.themes.latest()
    if version is None or version.encoder != parts.encoder.name:
        return 0
    mentions, done = 0, version.assigned_to
    for page in pages_of(parts, done):
        named, done = mentions_in(parts, version, page), page[-1].response
        with parts.ledger.begin() as uow:
            uow.themes.mention(version.number, named, done)
        mentions += len(named)
    return mentions


def pages_of(parts: Parts, after: int = 0, *, latest: bool = False) -> Iterator[list[Comments]]:
    """What responses after that number say, page by page, each read by itself: between two there may be a write."""
    while True:
        with parts.ledger.read() as uow:
            page = next(uow.themes.comments(after, latest=latest), None)
        if page is None:
            return
        yield page
        after = page[-1].response


def mentions_in(parts: Parts, version: ThemeVersion, page: Sequence[Comments]) -> list[Mention]:
    """The themes of one version in these responses: the same function that labelled the texts it was found in."""
    left = leftovers(parts, page)
    texts = {one.digest: one.part.text for one in left}
    codes = readings(parts, texts)
    places, cosines = version.space.assign(stacked(codes, texts))
    said = dict(zip(texts, zip(places.tolist(), cosines.tolist(), strict=True), strict=True))
    found = []
    for one in left:
        place, cosine = said[one.digest]
        if place != NONE:
            theme = version.forms[place].theme
            found.append(Mention(one.response, one.comment, one.part.start, one.part.end, theme, round(cosine, 4)))
    return found
