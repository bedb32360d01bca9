"""The desk under load: `python -m benchmarks.desk`, 200,000 live tickets and 50 people on loopback.

The store is filled by Nanni's own ingestion of a made-up export; the desk runs in a process of its own, as `nanni desk`
runs it, on SQLite. Each person signs in, then opens a page every `--think` seconds on average (exponential): half the
time a page of an inbox (a box, a filter, the second page), half the time a ticket of it. Times are those of the client,
from asking to the last byte. The load is bounded by that thinking: it shows how long people wait, not how many pages a
second the desk can make. That is told by the processor time of the server's process for a page, taken afterwards while
one person asks, page by page.

Keys of the JSON line: `tickets`, `people`, `seconds`, `think` (seconds), `requests`, `per_second`, `errors`; for
`inbox`, `ticket` and `search` (asked by one person after the load) `p50_ms`, `p95_ms`, `max_ms` and `cpu_ms`, the
server's processor time for one; `cpu_share`, the part of one processor that the server took under load; `load_average`.
There is no peer: another help desk would be another machine's figures. `--quick` takes 10,000 tickets and 15 seconds.
"""

import argparse
import asyncio
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from benchmarks.watching import cpu_seconds
from desk.security.passwords import Passwords
from ledger.accounts import add_account
from nanni.ingestion import ingest_file
from nanni.wiring import wire
from tests.workspaces import make_rows, make_workspace, write_csv
from tickets.access import Role

TICKETS, QUICK_TICKETS = 200_000, 10_000
PEOPLE, TEAMS = 50, 10
FIRED_OF_ROWS = 0.42
STARTS_WITHIN = 300
"""Seconds: on a loaded machine the imports alone take a minute."""
PASSWORD = "benchmark of the desk"
PATHS = (
    "/inbox?box=team",
    "/inbox?box=mine",
    "/inbox?box=breaching",
    "/inbox?box=all",
    "/inbox?box=all&severity=critical",
)
MORE = re.compile(r'href="(/inbox\?[^"]*after=[^"]+)"')
TICKET = re.compile(r'href="/tickets/(N-\d+)"')
SEARCHES = ("burned", "leaving", "nobody told me", "a word nobody wrote")
SCREEN = Console()


def main() -> None:
    """Fill a store, serve it, load it, print the figures."""
    parser = argparse.ArgumentParser(description="The desk under load.")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--think", type=float, default=4.0)
    parser.add_argument("--folder", type=Path, help="a folder that an earlier run filled and kept")
    asked = parser.parse_args()
    seconds = asked.seconds or (15 if asked.quick else 60)
    with tempfile.TemporaryDirectory(prefix="nanni-desk-") as made:
        folder = asked.folder or Path(made) / "w"
        if not folder.exists():
            fill(folder, QUICK_TICKETS if asked.quick else TICKETS)
        with served(folder) as (url, server):
            figures = asyncio.run(load(url, server, seconds, asked.think))
        figures["tickets"] = count(folder)
    show(figures)
    sys.stdout.write(json.dumps(figures) + "\n")


def fill(folder: Path, tickets: int) -> None:
    """A workspace with about this many tickets in ten teams, and fifty accounts."""
    began = time.perf_counter()
    make_workspace(folder, batch_size=10_000)
    (folder / "routing.yaml").write_text(_routing())
    sla = folder / "sla.yaml"
    sla.write_text(sla.read_text().replace("amira", _who(0)))
    rows = make_rows(int(tickets / FIRED_OF_ROWS))
    for i, row in enumerate(rows):
        row["store"] = f"store {i % TEAMS}"
        row["at"] = f"{datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=i % 100_000):%Y-%m-%d %H:%M:%S}"
    file = write_csv(folder / "inbox" / "all.csv", rows)
    parts = wire(folder)
    ingest_file(parts, parts.workspace.survey("nps"), file)
    hashed, now = Passwords().hash(PASSWORD), parts.clock()
    with parts.ledger.begin() as uow:
        for i in range(PEOPLE):
            team, role = f"team{i % TEAMS}", Role.MANAGER if i % 5 == 0 else Role.LEAD
            teams = None if role is Role.MANAGER else (team,)
            add_account(uow.connection, login=_who(i), name=_who(i), role=role, at=now, member=_who(i), teams=teams,
                        password=hashed)  # fmt: skip
    parts.close()
    SCREEN.print(f"{count(folder):,} tickets of {len(rows):,} responses in {time.perf_counter() - began:.0f} s")


def _who(i: int) -> str:
    return f"person{i}"


def _routing() -> str:
    teams = [
        {"id": f"team{t}", "name": f"Team {t}", "members": [
            {"id": _who(i), "name": _who(i), "email": f"{_who(i)}@example.org", "capacity": 1_000_000}
            for i in range(t, PEOPLE, TEAMS)
        ]}
        for t in range(TEAMS)
    ]  # fmt: skip
    routes = [{"when": {"attributes": {"store": f"store {t}"}}, "team": f"team{t}"} for t in range(TEAMS)]
    return json.dumps({"teams": teams, "routes": routes, "fallback": {"team": "team0", "owner": _who(0)}})


def count(folder: Path) -> int:
    """How many tickets the store has."""
    parts = wire(folder)
    with parts.ledger.read() as uow:
        held = sum(uow.tickets.load().values())
    parts.close()
    return held


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, int]]:
    """The desk in a process of its own: its address and the process."""
    port = 8765
    start = "from nanni.cli import main; main()"
    command = [sys.executable, "-c", start, "desk", "--port", str(port), "-w", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        url, until = f"http://127.0.0.1:{port}", time.monotonic() + STARTS_WITHIN
        try:
            while not answers(url) and time.monotonic() < until:
                time.sleep(0.5)
            yield url, server.pid
        finally:
            server.terminate()


def answers(url: str) -> bool:
    """Whether the desk is there yet."""
    try:
        return httpx.get(f"{url}/sign-in").is_success
    except httpx.TransportError:
        return False


async def load(url: str, server: int, seconds: int, think: float) -> dict[str, Any]:
    """Fifty people for so long; then one who searches, and who opens pages one after the other."""
    times: dict[str, list[float]] = {"inbox": [], "ticket": [], "search": []}
    errors: list[str] = []
    clients = [await signed_in(url, _who(i)) for i in range(PEOPLE)]
    for client in clients[:TEAMS]:
        await asked(client, "/inbox?box=all", [], errors)  # the first page of a process compiles its template
    began, until = cpu_seconds(server), time.monotonic() + seconds
    await asyncio.gather(*(person(client, until, think, times, errors) for client in clients))
    share = (cpu_seconds(server) - began) / seconds
    per_second = (len(times["inbox"]) + len(times["ticket"])) / seconds
    cpu, searched = await each(clients, server, errors), times["search"]
    began = cpu_seconds(server)
    for words in SEARCHES * 3:
        await asked(clients[0], f"/inbox?box=all&q={words}", searched, errors)
    cpu["search"] = (cpu_seconds(server) - began) / len(searched) * 1000
    for client in clients:
        await client.aclose()
    told = {name: {**_figures(taken), "cpu_ms": round(cpu[name], 1)} for name, taken in times.items()}
    requests = len(times["inbox"]) + len(times["ticket"])
    return {
        "people": PEOPLE, "seconds": seconds, "think": think, "requests": requests, "per_second": round(per_second, 1),
        "errors": len(errors), **told, "cpu_share": round(share, 3), "load_average": round(os.getloadavg()[0], 1),
    }  # fmt: skip


async def each(clients: Sequence[httpx.AsyncClient], server: int, errors: list[str]) -> dict[str, float]:
    """The server's processor time for an inbox and for a ticket, in milliseconds, asked one by one."""
    found = dict[str, float]()
    texts = [await asked(client, path, [], errors) for client in clients[:TEAMS] for path in PATHS]
    keys = [(i // len(PATHS), key) for i, text in enumerate(texts) for key in TICKET.findall(text)[:1]]
    for name, wanted in (
        ("inbox", [(i % TEAMS, path) for i in range(20) for path in PATHS]),
        ("ticket", [(i, f"/tickets/{key}") for i, key in keys * 2]),
    ):
        began = cpu_seconds(server)
        for i, path in wanted:
            await asked(clients[i], path, [], errors)
        found[name] = (cpu_seconds(server) - began) / len(wanted) * 1000
    return found


async def signed_in(url: str, login: str) -> httpx.AsyncClient:
    """A client with a session of its own."""
    client = httpx.AsyncClient(base_url=url, timeout=30)
    found = re.search(r'name="csrf" value="(\w+)"', (await client.get("/sign-in")).text)
    assert found is not None
    data = {"csrf": found.group(1), "login": login, "password": PASSWORD}
    answer = await client.post("/sign-in", data=data)
    assert answer.status_code == 303, answer.text
    return client


async def person(
    client: httpx.AsyncClient, until: float, think: float, times: dict[str, list[float]], errors: list[str]
) -> None:
    """Somebody at work: an inbox, a ticket of it, the next page, another ticket."""
    await asyncio.sleep(random.uniform(0, think))
    path = random.choice(PATHS)
    while time.monotonic() < until:
        text = await asked(client, path, times["inbox"], errors)
        keys, more = TICKET.findall(text), MORE.findall(text)
        await asyncio.sleep(random.expovariate(1 / think))
        if keys and time.monotonic() < until:
            await asked(client, f"/tickets/{random.choice(keys)}", times["ticket"], errors)
            await asyncio.sleep(random.expovariate(1 / think))
        follow = more and random.random() < 0.3
        path = more[0].replace("&amp;", "&") if follow else random.choice(PATHS)


async def asked(client: httpx.AsyncClient, path: str, times: list[float], errors: list[str]) -> str:
    """One page, timed."""
    began = time.perf_counter()
    try:
        answer = await client.get(path)
    except httpx.TransportError as error:
        errors.append(f"{path}: {error!r}")
        return ""
    times.append((time.perf_counter() - began) * 1000)
    if answer.status_code != 200:
        errors.append(f"{path}: {answer.status_code}")
    return answer.text


def _figures(times: Sequence[float]) -> dict[str, float]:
    cuts = quantiles(times, n=100, method="inclusive")
    return {"p50_ms": round(cuts[49], 1), "p95_ms": round(cuts[94], 1), "max_ms": round(max(times), 1)}


def show(figures: dict[str, Any]) -> None:
    """The figures for people."""
    told = f"{figures['people']} people who think {figures['think']:g} s between pages"
    drawn = Table(title=f"{figures['tickets']:,} tickets, {told}: {figures['per_second']} pages/s")
    for column in ("page", "p50 ms", "p95 ms", "max ms", "cpu ms"):
        drawn.add_column(column, justify="left" if column == "page" else "right")
    for name in ("inbox", "ticket", "search"):
        drawn.add_row(name, *(f"{value:.0f}" for value in figures[name].values()))
    SCREEN.print(drawn)
    SCREEN.print(f"{figures['requests']} requests, {figures['errors']} errors, load average {figures['load_average']}")


if __name__ == "__main__":
    main()
