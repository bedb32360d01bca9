"""What was decided on each response, under which policy, and the model's scores."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, LargeBinary, SmallInteger, Table, Text

from ledger.columns import BigId
from ledger.schema.base import metadata

policies = Table(
    "policies",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("hash", Text, nullable=False, unique=True),
    Column("content", Text),
)

models = Table(
    "models",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("model_id", Text, nullable=False, unique=True),
)

# `unscored`: one reason letter a question when the model gave no probability at all; otherwise see `scores`.
decisions = Table(
    "decisions",
    metadata,
    Column("response", BigId, ForeignKey("responses.id"), primary_key=True, autoincrement=False),
    Column("outcome", SmallInteger, nullable=False),
    Column("policy", BigId, ForeignKey("policies.id"), nullable=False),
    Column("model", BigId, ForeignKey("models.id"), nullable=False),
    Column("fired", Text),
    Column("unscored", Text),
    Column("themes", Text),
    Column("trace", Text),
    CheckConstraint("outcome BETWEEN 0 AND 2", name="outcome_known"),
    CheckConstraint("(outcome = 2) = (fired IS NOT NULL)", name="fired_named"),
)

# A response can be scored by several models; `packed` is described in `ledger.scores`.
scores = Table(
    "scores",
    metadata,
    Column("response", BigId, ForeignKey("responses.id"), primary_key=True, autoincrement=False),
    Column("model", BigId, ForeignKey("models.id"), primary_key=True, autoincrement=False),
    Column("packed", LargeBinary, nullable=False),
)
