"""Categories over stored tickets: proposed, put right, learned from, and only then predicted."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ledger.store import SqlUnitOfWork
from models.category_head import FOLDS, CategoryHead, calibrated, cross_validated, fit_head, surely_better
from models.encoder import Vectors
from nanni.parts import Parts
from nanni.ticket_texts import texts_of, vectors_of
from nanni.work import act
from tickets.actions import Acted
from tickets.category import Proposal, Signs, Source, TrackRecord, categorise, correct, propose
from tickets.ports import TicketFilter
from tickets.ticket import LIVE, Ticket
from triggers.keywords.tokens import tokenise_all

HEAD = "category-head.npz"
LEAST_TICKETS = 40
EVERYTHING = 1_000_000


@dataclass(frozen=True, slots=True)
class Learned:
    """What came of learning: how often the head and the other ways were right on the same corrected tickets, unseen.

    `used` says whether the head is better and predicts from now on; `confidence_error` is by how much its confidence
    misses how often it is right (expected calibration error on unseen tickets), `confidence_error_before` what that
    would be without calibration.
    """

    tickets: int
    categories: int
    head: float
    without: float
    used: bool
    why: str
    confidence_error: float | None = None
    confidence_error_before: float | None = None


def file_tickets(parts: Parts, keys: Sequence[str] = (), refile: bool = False) -> dict[str, Proposal]:
    """File these tickets (none: all live ones) under a category each, and say which; those without one stay out.

    What a person said stays; what was filed before stays too unless `refile`.
    """
    with parts.ledger.read() as uow:
        live = uow.tickets.list(TicketFilter(statuses=LIVE, limit=EVERYTHING))
        chosen = [uow.tickets.get(key).key for key in keys] or [ticket.key for ticket in live]
        filed = uow.teamwork.filed(chosen)
    open_ = [key for key in chosen if key not in filed or (refile and filed[key][1] != Source.PERSON)]
    proposals = proposed(parts, open_)
    for key, proposal in proposals.items():
        act(parts, key, partial(_file, parts, proposal))
    return proposals


def _file(parts: Parts, proposal: Proposal, ticket: Ticket) -> Acted:
    return categorise(ticket, parts.clock(), proposal)


def proposed(parts: Parts, keys: Sequence[str]) -> dict[str, Proposal]:
    """What these tickets would be filed under; a ticket without words, or of which nothing speaks, is left out."""
    texts = texts_of(parts, keys)
    if not texts:
        return {}
    vectors, head, record = vectors_of(parts, texts, parts.encoder), load_head(parts), track_record(parts)
    signs = _signs(parts, list(texts.values()), vectors, head)
    found = {key: propose(sign, record) for key, sign in zip(texts, signs, strict=True)}
    return {key: proposal for key, proposal in found.items() if proposal is not None}


def put_right(
    parts: Parts,
    key: str,
    category: str,
    actor: str,
    also: Callable[[SqlUnitOfWork, Ticket], None] | None = None,
) -> Ticket:
    """Correct or confirm a ticket's category; `also` as in `nanni.work.act`. Raises NotFoundError or LifecycleError."""
    with parts.ledger.read() as uow:
        ticket = uow.tickets.get(key)
        before = uow.teamwork.filed([ticket.key]).get(ticket.key)
    known = parts.workspace.taxonomy.ids
    return act(parts, key, lambda now: correct(now, actor, parts.clock(), category, before, known), also=also)


def track_record(parts: Parts) -> TrackRecord:
    """How often people let stand what each way had proposed."""
    seen: Counter[Source] = Counter()
    stood: Counter[Source] = Counter()
    with parts.ledger.read() as uow:
        for was, source, now in uow.teamwork.corrections():
            if source != Source.PERSON:
                seen[Source(source)] += 1
                stood[Source(source)] += was == now
    return {source: (seen[source], stood[source]) for source in seen}


def learn(parts: Parts) -> Learned:
    """Fit a head to the tickets that people have filed, try it on unseen ones, and use it only if it is better.

    Better than the keyword queries and seeds on the same tickets, by five-fold cross-validation and more surely than
    chance. Otherwise a head that was in use before goes: it was learned from less.
    """
    with parts.ledger.read() as uow:
        labels = uow.teamwork.filed_by(Source.PERSON)
    texts = texts_of(parts, list(labels))
    common = Counter(labels[key] for key in texts)
    keys = [key for key in texts if common[labels[key]] >= FOLDS]
    names = [labels[key] for key in keys]
    path = parts.workspace.settings.state / HEAD
    if len(keys) < LEAST_TICKETS or len(set(names)) < 2:
        told = f"needs {LEAST_TICKETS} tickets filed by people in two categories of {FOLDS} at least"
        return Learned(len(keys), len(set(names)), 0.0, 0.0, False, told)
    used = {key: texts[key] for key in keys}
    vectors = vectors_of(parts, used, parts.encoder)
    unseen = cross_validated(vectors, names)
    calibration = calibrated(unseen)
    others = [propose(sign, {}) for sign in _signs(parts, list(used.values()), vectors, None)]
    right = [one == name for one, name in zip(unseen.told, names, strict=True)]
    stood = [one is not None and one.category == name for one, name in zip(others, names, strict=True)]
    better = surely_better(right, stood)
    if better:
        _save(path, fit_head(vectors, names).tempered(calibration.temperature), parts.encoder.name)
    else:
        path.unlink(missing_ok=True)
    why = "it is right more often" if better else "that it is right more often could be chance"
    by_head, without = (round(float(np.mean(one)), 3) for one in (right, stood))
    errors = round(calibration.error, 3), round(calibration.error_before, 3)
    return Learned(len(keys), len(set(names)), by_head, without, better, why, *errors)


def load_head(parts: Parts) -> CategoryHead | None:
    """The head in use; None before one has proved itself, and when another encoder made it."""
    path = parts.workspace.settings.state / HEAD
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as file:
        if str(file["encoder"]) != parts.encoder.name:
            return None
        return CategoryHead(tuple(file["classes"].tolist()), file["weights"], file["biases"])


def _save(path: Path, head: CategoryHead, encoder: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new.npz")
    np.savez(fresh, classes=np.array(head.classes), weights=head.weights, biases=head.biases, encoder=np.array(encoder))
    fresh.replace(path)


def _signs(parts: Parts, texts: Sequence[str], vectors: Vectors, head: CategoryHead | None) -> list[Signs]:
    """What each text has for every theme; themes that the taxonomy no longer has are not learned either."""
    quotes = _quotes(parts, texts)
    themes, seeds = _seeds(parts)
    near = vectors @ parts.encoder.vectors(seeds).T
    known = set(parts.workspace.taxonomy.ids)
    learned = head.probabilities(vectors) if head is not None else None
    return [
        Signs(quotes[i], _nearest(near[i], themes, seeds), _probable(head, learned, i, known))
        for i in range(len(texts))
    ]


def _probable(
    head: CategoryHead | None, learned: NDArray[np.float32] | None, row: int, known: set[str]
) -> dict[str, float]:
    if head is None or learned is None:
        return {}
    return {name: float(p) for name, p in zip(head.classes, learned[row], strict=True) if name in known}


def _quotes(parts: Parts, texts: Sequence[str]) -> list[dict[str, list[str]]]:
    """By text, the words that each theme's query found."""
    taxonomy = parts.workspace.taxonomy
    found: list[dict[str, list[str]]] = [{} for _ in texts]
    for row, matches in taxonomy.engine.match_column(tokenise_all(texts)).items():
        for at, spans in matches.items():
            found[row][taxonomy.searched[at].id] = list(dict.fromkeys(texts[row][span[0] : span[1]] for span in spans))
    return found


def _seeds(parts: Parts) -> tuple[list[str], tuple[str, ...]]:
    """Themes and their seed sentences, one of each a line."""
    pairs = [(theme.id, seed) for theme in parts.workspace.taxonomy.every for seed in theme.seeds]
    return [theme for theme, _ in pairs], tuple(seed for _, seed in pairs)


def _nearest(cosines: Vectors, themes: Sequence[str], seeds: Sequence[str]) -> Mapping[str, tuple[float, str]]:
    best: dict[str, tuple[float, str]] = {}
    for theme, seed, cosine in zip(themes, seeds, cosines.tolist(), strict=True):
        if theme not in best or cosine > best[theme][0]:
            best[theme] = (cosine, seed)
    return best
