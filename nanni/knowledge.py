"""Knowledge articles of the workspace: found by meaning and words, and drafted where one is missing."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import numpy as np

from models.encoder import TextEncoder, Vectors, cosines
from models.search import WordIndex, nearest
from nanni.parts import Parts
from nanni.ticket_texts import texts_of
from tickets.adapters.knowledge_file import load_articles
from tickets.knowledge import Article, Gap, Passage, draft, gaps, passages
from tickets.ports import TicketFilter
from tickets.ticket import Status

FOLDER, DRAFTS = "kb", "drafts"
WINDOW, LEAST = timedelta(days=90), 3
_CACHE = "kb-vectors.npz"
_SNIPPET = 240
EVERYTHING = 1_000_000


@dataclass(frozen=True, slots=True)
class Advice:
    """One article that helps, by its best passage."""

    article: str
    title: str
    heading: str
    snippet: str
    meaning: float
    words: float


def articles(parts: Parts) -> tuple[Article, ...]:
    """Every article of the workspace, drafts included. Raises ConfigError."""
    return load_articles(parts.workspace.folder / FOLDER)


def search(parts: Parts, query: str, limit: int = 5) -> list[Advice]:
    """The articles whose passages are nearest to a question, each once; drafts are left out."""
    found = passages(one for one in articles(parts) if not one.draft)
    if not found or not query.strip():
        return []
    texts = [passage.searched for passage in found]
    meaning = cosines(parts.encoder.vectors([query])[0], _vectors(parts, texts, parts.encoder))
    best: dict[str, Advice] = {}
    for one in nearest(meaning, WordIndex(texts).scores(query), len(texts)):
        passage = found[one.place]
        best.setdefault(passage.article.id, _advice(passage, one.meaning, one.words))
    return list(best.values())[:limit]


def advice(parts: Parts, key: str, limit: int = 5) -> list[Advice]:
    """The articles nearest to what a ticket's customer said. Raises NotFoundError."""
    with parts.ledger.read() as uow:
        own = uow.tickets.get(key).key
    return search(parts, texts_of(parts, [own]).get(own, ""), limit)


def missing(parts: Parts, window: timedelta = WINDOW, least: int = LEAST) -> list[Gap]:
    """Root causes that came back without an article (or a draft) about them."""
    with parts.ledger.read() as uow:
        closed = uow.tickets.list(TicketFilter(statuses=(Status.RESOLVED, Status.CLOSED), limit=EVERYTHING))
    return gaps(closed, articles(parts), parts.clock(), window, least)


def write_drafts(parts: Parts, window: timedelta = WINDOW, least: int = LEAST) -> list[Path]:
    """A draft for each gap, in `kb/drafts/`; what is there is never overwritten. Returns the new files."""
    folder, written = parts.workspace.folder / FOLDER / DRAFTS, []
    found = missing(parts, window, least)
    with parts.ledger.read() as uow:
        tags = uow.teamwork.tags([key for gap in found for key in gap.tickets])
    for gap in found:
        path = folder / f"{gap.root_cause}-{gap.theme or 'no-theme'}.md".replace("/", "-")
        if path.exists():
            continue
        folder.mkdir(parents=True, exist_ok=True)
        name = parts.workspace.taxonomy.name(gap.theme) if gap.theme else ""
        path.write_text(draft(gap, name, tags, parts.clock().date()), "utf-8")
        written.append(path)
    return written


def _advice(passage: Passage, meaning: float, words: float) -> Advice:
    text = " ".join(passage.text.split())
    snippet = text if len(text) <= _SNIPPET else f"{text[:_SNIPPET]}…"
    article = passage.article
    return Advice(article.id, article.title, passage.heading, snippet, round(meaning, 3), round(words, 3))


def _vectors(parts: Parts, texts: list[str], encoder: TextEncoder) -> Vectors:
    """Vectors of passages, kept in the state folder by encoder and words: articles rarely change."""
    path = parts.workspace.settings.state / _CACHE
    names = [sha256(f"{encoder.name}\x1f{text}".encode()).hexdigest()[:32] for text in texts]
    kept: dict[str, Vectors] = {}
    if path.is_file():
        with np.load(path, allow_pickle=False) as file:
            kept = dict(zip(file["names"].tolist(), file["vectors"], strict=True))
    fresh = [at for at, name in enumerate(names) if name not in kept]
    if fresh:
        kept |= dict(zip([names[at] for at in fresh], encoder.vectors([texts[at] for at in fresh]), strict=True))
        parts.workspace.settings.state.mkdir(parents=True, exist_ok=True)
        draft_path = path.with_suffix(".new.npz")
        np.savez(draft_path, names=np.array(names), vectors=np.array([kept[name] for name in names], np.float32))
        draft_path.replace(path)
    return np.array([kept[name] for name in names], np.float32)
