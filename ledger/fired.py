"""What the rules of the policy fired on, by rule."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from ledger.schema import tickets


def fired_by_rule(connection: Connection, since: datetime, until: datetime) -> dict[str, int]:
    """Tickets opened in [since, until) by the rule that decided."""
    window = (tickets.c.opened_at >= since, tickets.c.opened_at < until)
    counted = select(tickets.c.rule, func.count()).where(*window).group_by(tickets.c.rule)
    return {rule: count for rule, count in connection.execute(counted)}
