"""Routing under load: how fast an owner is found and how fair the shares are: `python -m benchmarks.routing`.

Keys of the JSON line: `tickets` routed one after the other (`--quick`: 5,000), `route_us` per ticket, `farthest` (how
many tickets two of a team are apart once shares are weighed by capacity, in tickets of the smaller; at
most 1 is fair), `absent` (tickets given to somebody away; must be 0), `fallback`. There is no peer: help desks assign
inside their own databases.
"""

import argparse
import json
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random
from time import perf_counter
from typing import Any

from tickets.presence import Absence, Roster
from tickets.routing import Assignment, Member, Route, Routing, RoutingFacts, Team
from triggers.policy import Severity

TEAMS, PEOPLE = 12, 25
START = datetime(2026, 1, 5, 9, tzinfo=UTC)


def main() -> None:
    """Route a stream of tickets and print the figures."""
    parser = argparse.ArgumentParser(description="Routing: speed, fairness, absences.")
    parser.add_argument("--quick", action="store_true")
    figures = run(5_000 if parser.parse_args().quick else 100_000)
    print(f"{figures['tickets']:,} tickets, {TEAMS * PEOPLE} people: {figures['route_us']} µs a ticket")
    print(f"shares {figures['farthest']} tickets apart, {figures['absent']} to people away")
    print(json.dumps(figures))
    sys.exit(1 if figures["absent"] or figures["farthest"] > 1 else 0)


def run(count: int) -> dict[str, Any]:
    """Route `count` tickets over `TEAMS` teams, a tenth of whose people are away on any day."""
    rng = Random(1)
    routing = _routing(rng)
    load: Counter[str] = Counter()
    absent = fallback = 0
    taken = 0.0
    for i in range(count):
        facts = RoutingFacts(Severity.HIGH, f"s{rng.randrange(TEAMS)}", language=rng.choice(["en", "de"]))
        now = START + timedelta(minutes=i % 1440)
        began = perf_counter()
        chosen = routing.route(facts, load, now)
        taken += perf_counter() - began
        load[chosen.owner] += 1
        absent += routing.roster.away(chosen.owner, now) is not None
        fallback += "fallback" in chosen.reason
    return {
        "tickets": count,
        "route_us": round(taken / count * 1e6, 1),
        "farthest": round(_farthest(routing, load), 3),
        "absent": absent,
        "fallback": fallback,
    }


def _routing(rng: Random) -> Routing:
    teams = tuple(Team(f"t{n}", f"T{n}", tuple(_member(n, i, rng) for i in range(PEOPLE))) for n in range(TEAMS))
    routes = tuple(Route(f"t{n}", surveys=(f"s{n}",)) for n in range(TEAMS))
    ids = [member.id for team in teams for member in team.members]
    gone = {name: (Absence(date(2026, 1, 1), date(2026, 1, 31)),) for name in rng.sample(ids[1:], len(ids) // 10)}
    return Routing(teams, routes, Assignment("t0", ids[0], "fallback"), roster=Roster(gone, {}))


def _member(team: int, number: int, rng: Random) -> Member:
    name = f"m{team}-{number}"
    return Member(name, name, f"{name}@example.org", rng.choice([500, 1000, 1500]))


def _farthest(routing: Routing, load: Counter[str]) -> float:
    """The widest gap within a team, as tickets of the person with the smaller capacity."""
    widest = 0.0
    for team in routing.teams:
        here = [member for member in team.members if member.id not in routing.roster.absences]
        for one in here:
            for other in here:
                ahead = load[one.id] / one.capacity - load[other.id] / other.capacity
                widest = max(widest, ahead * min(one.capacity, other.capacity))
    return widest


if __name__ == "__main__":
    main()
