"""The knowledge base: articles searched by meaning and words, and one read whole."""

from functools import lru_cache

from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.responses import Response

from desk.visit import Visit
from feedback.errors import NotFoundError
from nanni import knowledge
from tickets.knowledge import Article

FOUND = 10


def show(visit: Visit) -> Response:
    """Every article, or those nearest to a question."""
    parts, asked = visit.site.parts, visit.query("q")[:300]
    every = knowledge.articles(parts)
    taxonomy = parts.workspace.taxonomy
    themes = {one: taxonomy.name(one) for one in taxonomy.ids}
    found = knowledge.search(parts, asked, FOUND) if asked else []
    return visit.page("knowledge.html", articles=every, found=found, asked=asked, themes=themes)


def article(visit: Visit) -> Response:
    """One article; with a ticket, it can be noted there that it was used."""
    parts, wanted, key = visit.site.parts, visit.query("id"), visit.query("ticket")
    found = next((one for one in knowledge.articles(parts) if one.id == wanted), None)
    if found is None:
        raise NotFoundError("there is no such article", next_step="search the knowledge base")
    if key:
        with parts.ledger.read() as uow:
            key = visit.ticket(uow, key).key
    return visit.page("article.html", article=found, body=body(found), key=key)


def body(found: Article) -> Markup:
    """The article's Markdown as HTML; what is HTML in it stays text."""
    return Markup(_markdown().render(found.text))


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).disable("image")
