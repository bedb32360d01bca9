"""How the comments of each batch sounded to the model, counted: what the drift watch reads."""

from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, Integer, Table, Text

from ledger.columns import BigId
from ledger.schema.base import metadata

# `confidence` and `negative`: JSON lists of counts by bin (see `models.drift`); no word of a customer.
comment_profiles = Table(
    "comment_profiles",
    metadata,
    Column("run", BigId, primary_key=True, autoincrement=False),
    Column("batch", Integer, primary_key=True, autoincrement=False),
    Column("model", BigId, ForeignKey("models.id"), nullable=False),
    Column("confidence", Text, nullable=False),
    Column("negative", Text, nullable=False),
    Column("unknown", Integer, nullable=False),
    ForeignKeyConstraint(["run", "batch"], ["run_batches.run", "run_batches.number"]),
)
