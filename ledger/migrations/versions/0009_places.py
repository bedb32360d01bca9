"""What a ticket is about by place, and what a customer said about being contacted."""

import sqlalchemy as sa
from alembic import op

from ledger.columns import BigId, UtcTime
from ledger.places import note_places

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables, and read the places of the tickets that there are."""
    op.create_table(
        "ticket_places",
        sa.Column("place", BigId, autoincrement=False, nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("place", "ticket", name=op.f("pk_ticket_places")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_ticket_places_ticket"), "ticket_places", ["ticket"], unique=False)
    op.create_table(
        "contact_consents",
        sa.Column("customer", BigId, autoincrement=False, nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "consent = 'allowed' OR consent = 'refused'", name=op.f("ck_contact_consents_consent_known")
        ),
        sa.ForeignKeyConstraint(["customer"], ["customers.id"], name=op.f("fk_contact_consents_customer")),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.key"], name=op.f("fk_contact_consents_ticket")),
        sa.PrimaryKeyConstraint("customer", name=op.f("pk_contact_consents")),
    )
    said = sa.text("SELECT ticket, attributes FROM responses WHERE ticket IS NOT NULL AND attributes IS NOT NULL")
    connection = op.get_bind()
    for page in connection.execute(said).partitions(10_000):
        note_places(connection, ((ticket, attributes) for ticket, attributes in page))
