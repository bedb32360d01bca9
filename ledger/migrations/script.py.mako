"""${message}."""

import sqlalchemy as sa
from alembic import op

from ledger.columns import BigId, UtcTime

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema from ${down_revision} to ${up_revision}."""
    ${upgrades if upgrades else "pass"}
