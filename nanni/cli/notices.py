"""`nanni notices`: what is owed to people, what was delivered, what is stuck."""

from collections import Counter

from cyclopts import App
from rich.console import Console
from rich.text import Text

from feedback.errors import NotFoundError
from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import ERRORS, show, table
from tickets.notice import DeliveryState, QueuedNotice

notices = App(name="notices", help="The outbox: list, deliver, and replay what could not be delivered.")


@notices.command(name="list")
def list_notices(*, state: DeliveryState | None = None, limit: int = 50, common: Common = COMMON) -> None:
    """List notices, oldest first.

    Parameters
    ----------
    state
        pending, delivered or dead.
    limit
        At most so many.
    """
    with opened(common) as parts, parts.ledger.read() as uow:
        found = list(uow.outbox.list(state, limit))
    show(found, lambda screen: _draw(screen, found), common.json)


@notices.command
def deliver(*, limit: int = 500, common: Common = COMMON) -> None:
    """Deliver what is due now, in this process.

    Parameters
    ----------
    limit
        At most so many.
    """
    from nanni.notices import delivery_of

    with opened(common) as parts, ERRORS.status("Delivering ..."):
        report = delivery_of(parts).due(limit)
        counts = Counter(attempt.outcome.value for attempt in report.attempts)
        target = parts.workspace.settings.state / "maildir"
        maildir = parts.workspace.settings.file.notices.default == "maildir"
    told = ", ".join(f"{count} {outcome}" for outcome, count in counts.items()) or "nothing was due"
    hint = f" The mails are in {target}." if maildir and counts else ""

    def draw(screen: Console) -> None:
        screen.print(told + "." + hint, soft_wrap=True)
        for problem in dict.fromkeys(report.problems):
            screen.print(Text(f"  {problem}", style="red"), soft_wrap=True)

    show({"counts": dict(counts), "problems": report.problems}, draw, common.json)


@notices.command
def replay(*notice: str, everything: bool = False, common: Common = COMMON) -> None:
    """Make dead notices pending again.

    Parameters
    ----------
    notice
        Ids of dead notices.
    everything
        All dead notices.
    """
    with opened(common) as parts, parts.ledger.begin() as uow:
        dead = [queued.notice.id for queued in uow.outbox.list(DeliveryState.DEAD, 1_000_000)]
        if others := sorted(set(notice).difference(dead)):
            raise NotFoundError(
                f"no dead notice {', '.join(others)}", next_step="see `nanni notices list --state dead`"
            )
        count = uow.outbox.replay(dead if everything else notice, parts.clock())
    show({"replayed": count}, lambda screen: screen.print(f"{count} notices are pending again."), common.json)


def _draw(screen: Console, found: list[QueuedNotice]) -> None:
    if not found:
        screen.print("No notices.")
        return
    columns = ["notice", "kind", "ticket or period", "channel", "target", "state", "tries", "last error"]
    rows = [
        [n.id, n.kind, n.ticket or n.about, n.channel, n.target, queued.state, queued.attempts, queued.last_error]
        for queued in found
        for n in (queued.notice,)
    ]
    screen.print(table("Outbox", columns, rows, right=["tries"]))
