"""Two actors on one ticket in all 12,870 orders of looking and writing: `python -m benchmarks.interleavings`.

All steps share one transaction, since 200,000 commits would measure the disk; `tests/ledger/test_interleavings.py`
plays a sample with a transaction a step, on SQLite and PostgreSQL.

Keys of the JSON line: `interleavings` played on a SQLite store (`--quick`: every twentieth), `accepted` changes,
`stale` ones that were refused because the ticket had changed, `unlawful` ones that its status did not allow, `problems`
(lost or doubled updates, refusals that do not say what was missed; must be 0), `broken_chains` (must be 0), `seconds`.
There is no peer: it counts faults, not speed.
"""

import argparse
import json
import sys
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from ledger import open_ledger
from tests.ledger.interleavings import Tally, all_orders, play


def main() -> None:
    """Play the interleavings and print what came of them."""
    parser = argparse.ArgumentParser(description="Two actors on one ticket, in every order.")
    parser.add_argument("--quick", action="store_true")
    step, tally, start = 20 if parser.parse_args().quick else 1, Tally(), perf_counter()
    with TemporaryDirectory() as folder:
        ledger = open_ledger(f"sqlite:///{Path(folder) / 'nanni.db'}")
        with ledger.begin() as uow:
            for order in islice(all_orders(), 0, None, step):
                play(lambda: nullcontext(uow), order, tally)
            broken = uow.tickets.verify_chain()
        ledger.close()
    figures = {
        "interleavings": tally.interleavings,
        "accepted": tally.accepted,
        "stale": tally.stale,
        "unlawful": tally.unlawful,
        "problems": len(tally.problems),
        "broken_chains": len(broken),
        "seconds": round(perf_counter() - start, 1),
    }
    for problem in (*tally.problems[:20], *broken[:20]):
        print(problem)
    print(f"{tally.interleavings:,} interleavings: {len(tally.problems)} problems, {len(broken)} broken chains")
    print(json.dumps(figures))
    sys.exit(1 if tally.problems or broken else 0)


if __name__ == "__main__":
    main()
