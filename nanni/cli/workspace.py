"""`nanni init` and `nanni check`: make a workspace, and say whether it holds together."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from feedback.errors import ConfigError
from nanni.cli.app import COMMON, Common, JsonFlag, opened
from nanni.cli.output import show, table

if TYPE_CHECKING:
    from models.contract import RecallContract
    from nanni.parts import Parts

TEMPLATE = Path(__file__).parents[2] / "data" / "template"


def init(directory: Path, *, json: JsonFlag = False) -> None:
    """Make a new workspace with a commented example of every file.

    Parameters
    ----------
    directory
        An empty or new folder.
    """
    if directory.exists() and any(directory.iterdir()):
        raise ConfigError("not an empty folder", where=str(directory), next_step="name a new or empty folder")
    shutil.copytree(TEMPLATE, directory, dirs_exist_ok=True)
    files = sorted(path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file())

    def told(screen: Console) -> None:
        screen.print(f"Workspace made in {directory}:")
        for name in files:
            screen.print(f"  {name}")
        screen.print(f"Next: `nanni check -w {directory}`, then `nanni ingest -w {directory}`.", soft_wrap=True)

    show({"workspace": directory.resolve(), "files": files}, told, json)


def check(*, common: Common = COMMON) -> None:
    """Load and cross-check the workspace's files and its model; the first fault is told with its place."""
    from nanni.contracts import contract_for
    from nanni.dead_ends import dead_ends
    from triggers.adapters.policy_file import doubts

    with opened(common) as parts:
        workspace = parts.workspace
        for survey in workspace.surveys.values():
            contract_for(survey, workspace.folder).prepare()
        rows = [
            ("surveys", len(workspace.surveys), ", ".join(workspace.surveys)),
            ("contracts", len(workspace.surveys), "every suite builds"),
            ("sentiment model", 1, parts.model.model_id),
            ("operating point", *_contract(workspace.contract)),
            ("rules", len(workspace.policy.policy.rules), ", ".join(rule.id for rule in workspace.policy.policy.rules)),
            ("rule tests", *_rule_tests(parts)),
            ("teams", len(workspace.routing.teams), ", ".join(team.id for team in workspace.routing.teams)),
            ("fallback", 1, f"{workspace.routing.fallback.owner} of {workspace.routing.fallback.team}"),
        ]
        doubted = doubts(workspace.folder / "policy.yaml", workspace.policy.policy, workspace.surveys)
        warned = [*doubted, *dead_ends(workspace)]
    data = {
        "workspace": parts.workspace.folder,
        "policy": workspace.policy.policy.hash,
        "checked": rows,
        "warnings": warned,
    }

    def draw(screen: Console) -> None:
        screen.print(table(f"{workspace.folder} is complete", ["what", "count", "named"], rows))
        for line in warned:
            screen.print(Text(f"warning: {line}", style="yellow"), soft_wrap=True)

    show(data, draw, common.json)


def _contract(contract: "RecallContract | None") -> tuple[int, str]:
    """What the recall contract promises, where one was picked."""
    if contract is None:
        return 0, "none picked: no recall is promised (`nanni model operating-point`)"
    point = contract.point
    told = f"negative from {point.threshold:.3f} on misses at most {contract.miss_at_most:.1%} of negative comments"
    return 1, f"{told} (confidence {point.level:.0%}), with model {contract.model_id}"


def _rule_tests(parts: "Parts") -> tuple[int, str]:
    """How many rule tests there are; a file that cannot be read is told like any other."""
    from nanni.rule_testing import TESTS_FILE, load_tests

    if not (parts.workspace.folder / TESTS_FILE).is_file():
        return 0, f"no {TESTS_FILE} yet"
    tests = load_tests(parts.workspace, parts.workspace.policy, parts.clock())
    return len(tests), "they load; run them with `nanni rules test`"


def migrate(*, common: Common = COMMON) -> None:
    """Create the store's tables or bring them up to date: PostgreSQL needs it on purpose, SQLite does it by itself."""
    import os

    from ledger.migrations import HEAD
    from ledger.migrations import migrate as bring_up_to_date
    from nanni.settings import load_settings

    settings = load_settings(common.workspace, os.environ)
    settings.state.mkdir(parents=True, exist_ok=True)
    before = bring_up_to_date(settings.store_url)
    told = f"The store was at {before or 'nothing'} and is at {HEAD}."
    show({"before": before, "now": HEAD}, lambda screen: screen.print(told), common.json)
