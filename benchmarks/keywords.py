"""Keywords: 1,000 queries over 100,000 comments, beside a Python `re` alternation and pyahocorasick in the same run.

    python -m benchmarks.keywords [--quick]

Comments are generated (15 words on average from 20,000, by Zipf's law; nearly all different). Peers: `re` of the
running Python, one alternation of all queries between word boundaries, case ignored; pyahocorasick 2.3 (no dependency
of ours: `pip install pyahocorasick`, else it is left out with a note), an automaton over the lowered text with a check
of the word boundaries. One process, one thread, each method from text to the queries that matched.

Two workloads, because the peers know words and phrases only:
- `plain`: every query is a word or a phrase of two words, without negation scope (`!`), so that all three may agree.
- `language`: queries with OR, AND, NOT, NEAR/n, wildcards, phrases and negation scope; ours alone, the alternation of
  the same words beside it as the least that any answer must cost.

Keys of the JSON object on the last line:
- `queries`, `comments`, `words`: the size of the task.
- `plain.<method>`, `language.<method>` for `nanni`, `re`, `pyahocorasick`: `per_second` comments (best of two runs; the
  second finds Nanni's cache of words warm), `first_per_second` (the first, cold), `cpu_per_second` (of processor time),
  `pairs`: (comment, query) that matched in the first `SAMPLE` comments, to which `re` is held because the rest would
  take it minutes. `re` misses a word that overlaps an earlier match, which its `pairs` shows.
- `plain.agree`: comments on which Nanni and pyahocorasick name the same queries, as a share.
- `compile_seconds`: the engine of the language workload.
"""

import argparse
import json
import re
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from triggers.keywords.match import KeywordEngine
from triggers.keywords.tokens import tokenise_all

VOCABULARY = 20_000
FIRST_RANK = 60
"""Words more common than this are no query's: a team does not search for "the"."""
SAMPLE = 3_000
BATCH = 10_000

Found = list[set[int]]
Method = Callable[[Sequence[str]], Found]


def words(rng: np.random.Generator) -> list[str]:
    """Distinct made-up words, most common first."""
    letters = np.array(list("aeiouaeiobcdfghlmnprst"))
    found: dict[str, None] = {}
    while len(found) < VOCABULARY:
        found["".join(rng.choice(letters, rng.integers(3, 10)))] = None
    return list(found)


def comments(rng: np.random.Generator, vocabulary: Sequence[str], count: int) -> list[str]:
    """Comments of made-up sentences."""
    weights = 1 / np.arange(1, VOCABULARY + 1)
    lengths = rng.poisson(14, count) + 1
    drawn = rng.choice(np.array(vocabulary), int(lengths.sum()), p=weights / weights.sum()).tolist()
    told, at = [], 0
    for length in lengths.tolist():
        text = " ".join(drawn[at : at + length])
        told.append(text[0].upper() + text[1:] + ("." if length % 3 else ", not at all!"))
        at += length
    return told


def plain_queries(rng: np.random.Generator, vocabulary: Sequence[str], texts: Sequence[str], count: int) -> list[str]:
    """Words, and phrases that stand somewhere in the comments."""
    chosen = rng.choice(np.arange(FIRST_RANK, 8_000), count * 7 // 10, replace=False)
    queries = dict.fromkeys(vocabulary[rank] for rank in chosen.tolist())
    rare = set(vocabulary[FIRST_RANK:])
    while len(queries) < count:
        pair = re.findall(r"[a-z]+", texts[int(rng.integers(len(texts)))])[:2]
        if len(pair) == 2 and rare.issuperset(pair):
            queries[" ".join(pair)] = None
    return list(queries)


def language_queries(rng: np.random.Generator, vocabulary: Sequence[str], plain: Sequence[str]) -> list[str]:
    """Queries as analysts write them, over the words of the plain ones and some more."""
    forms = (
        "{a}", "{a} OR {b} OR {c}", "{a} AND {b}", "({a} OR {b}) AND NOT {c}", "{a} NEAR/5 ({b} OR {c})",
        "{a} NEAR/3f {b}", "{w}* OR {a}", '"{p}" OR {a}', "{a}! OR {b}", "{a} OR {l}~1",
    )  # fmt: skip
    more = [vocabulary[rank] for rank in rng.integers(FIRST_RANK, 8_000, 4 * len(plain)).tolist()]
    phrases = [query for query in plain if " " in query]
    queries = []
    for number in range(len(plain)):
        a, b, c, long = more[4 * number : 4 * number + 4]
        form = forms[number % len(forms)]
        stem = max((a, b, c), key=len)[:5]
        letters = long if len(long) >= 5 else f"{long}{b}{c}"[:7]
        queries.append(form.format(a=a, b=b, c=c, w=stem, p=phrases[number % len(phrases)], l=letters))
    return queries


def nanni(engine: KeywordEngine) -> Method:
    """Our engine, text to queries, in batches as ingestion has them."""

    def run(texts: Sequence[str]) -> Found:
        found: Found = []
        for start in range(0, len(texts), BATCH):
            batch = texts[start : start + BATCH]
            rows = engine.match_column(tokenise_all(batch))
            found += [set(rows[row]) if row in rows else set() for row in range(len(batch))]
        return found

    return run


def alternation(queries: Sequence[str]) -> Method:
    """One regular expression of every word and phrase."""
    numbers = {query: number for number, query in enumerate(queries)}
    pattern = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, queries), key=len, reverse=True))})\b", re.IGNORECASE)

    def run(texts: Sequence[str]) -> Found:
        return [{numbers[found.lower()] for found in pattern.findall(text)} for text in texts]

    return run


def aho_corasick(queries: Sequence[str]) -> Method:
    """The automaton of pyahocorasick, over characters."""
    automaton = import_module("ahocorasick").Automaton()
    for number, query in enumerate(queries):
        automaton.add_word(query, (number, len(query)))
    automaton.make_automaton()

    def run(texts: Sequence[str]) -> Found:
        every = []
        for text in texts:
            lowered = text.lower()
            found, size = set(), len(lowered)
            for end, (number, length) in automaton.iter(lowered):
                start = end - length + 1
                free = start == 0 or not lowered[start - 1].isalnum()
                if free and (end + 1 == size or not lowered[end + 1].isalnum()):
                    found.add(number)
            every.append(found)
        return every

    return run


def measured(method: Method, texts: Sequence[str]) -> tuple[dict[str, int], Found]:
    """Comments a second, first and best of two, and what was found."""
    walls, cpus = [], []
    for _ in range(2):
        wall, cpu = time.perf_counter(), time.process_time()
        found = method(texts)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return {
        "per_second": round(len(texts) / min(walls)),
        "first_per_second": round(len(texts) / walls[0]),
        "cpu_per_second": round(len(texts) / min(cpus)),
        "pairs": sum(map(len, found[:SAMPLE])),
    }, found


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print the table, and print the JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="200 queries, 5,000 comments")
    quick = parser.parse_args(argv).quick
    rng = np.random.default_rng(11)
    vocabulary = words(rng)
    texts = comments(rng, vocabulary, 5_000 if quick else 100_000)
    plain = plain_queries(rng, vocabulary, texts, 200 if quick else 1_000)
    rich = language_queries(rng, vocabulary, plain)
    has_peer = find_spec("ahocorasick") is not None
    figures: dict[str, Any] = {
        "queries": len(plain),
        "comments": len(texts),
        "words": sum(map(len, map(str.split, texts))),
    }
    ours, said = measured(nanni(KeywordEngine([f'"{query}"!' for query in plain])), texts)
    figures["plain"] = {"nanni": ours, "re": measured(alternation(plain), texts[:SAMPLE])[0], "pyahocorasick": None}
    if has_peer:
        theirs, found = measured(aho_corasick(plain), texts)
        agree = sum(a == b for a, b in zip(said, found, strict=True)) / len(texts)
        figures["plain"] |= {"pyahocorasick": theirs, "agree": round(agree, 6)}
    started = time.perf_counter()
    engine = KeywordEngine(rich)
    figures["compile_seconds"] = round(time.perf_counter() - started, 2)
    terms = sorted({word for query in rich for word in re.findall(r"[a-z]+", query)})
    figures["language"] = {
        "nanni": measured(nanni(engine), texts)[0],
        "re": measured(alternation(terms), texts[:SAMPLE])[0],
    }
    if has_peer:
        figures["language"]["pyahocorasick"] = measured(aho_corasick(terms), texts)[0]
    _show(figures)
    if not has_peer:
        print("pyahocorasick is not installed, so it is left out: pip install pyahocorasick")
    print(json.dumps(figures))
    return 0


def _show(figures: dict[str, Any]) -> None:
    table = Table(title=f"{figures['queries']:,} queries over {figures['comments']:,} comments, comments a second")
    columns = ("per_second", "first_per_second", "cpu_per_second", "pairs")
    for column in ("workload", "method", *columns):
        table.add_column(column, justify="right" if column in columns else "left")
    for workload in ("plain", "language"):
        for method, told in figures[workload].items():
            if isinstance(told, dict):
                table.add_row(workload, method, *(f"{told[column]:,}" for column in columns))
    Console().print(table)


if __name__ == "__main__":
    raise SystemExit(main())
