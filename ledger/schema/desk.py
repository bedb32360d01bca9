"""The desk's own tables: who may sign in, who is signed in, what was refused, views, tokens, links used up."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, text

from ledger.columns import BigId, UtcTime, one_of
from ledger.schema.base import metadata
from tickets.access import Role

# `member` is an id of routing.yaml; `teams` a JSON list of team ids, null for every team.
accounts = Table(
    "accounts",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("login", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("member", Text),
    Column("role", Text, nullable=False),
    Column("teams", Text),
    Column("password", Text),
    Column("disabled", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", UtcTime, nullable=False),
    one_of("role", Role),
)

# Who at an identity provider is which account: the provider's own subject, since names and addresses change hands.
identities = Table(
    "identities",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("account", BigId, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
)

# `digest` is the SHA-256 of the cookie: who reads the store cannot sign in with what is written here.
sessions = Table(
    "sessions",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("account", BigId, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("csrf", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("flash", Text, nullable=False, server_default=""),
    Column("undo", Text, nullable=False, server_default=""),
)

# Every sign-in and every refusal. `login` only where an account has it: what else is typed there may be a password.
access_log = Table(
    "access_log",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("what", Text, nullable=False),
    Column("allowed", Boolean, nullable=False),
    Column("login", Text),
    Column("address", Text, nullable=False),
    Column("detail", Text, nullable=False),
)
Index("ix_access_log_login_at", access_log.c.login, access_log.c.at)
Index("ix_access_log_address_at", access_log.c.address, access_log.c.at)

saved_views = Table(
    "saved_views",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("account", BigId, ForeignKey("accounts.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("query", Text, nullable=False),
    UniqueConstraint("account", "name"),
)

service_tokens = Table(
    "service_tokens",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("scopes", Text, nullable=False),
    Column("teams", Text),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime),
    Column("revoked_at", UtcTime),
)

# What an Idempotency-Key stood for: a digest of the request, and its answer where it is kept.
idempotency = Table(
    "idempotency",
    metadata,
    Column("token", BigId, ForeignKey("service_tokens.id"), primary_key=True, autoincrement=False),
    Column("key", Text, primary_key=True),
    Column("request", Text, nullable=False),
    Column("status", Integer),
    Column("answer", Text),
    Column("etag", Text),
    Column("at", UtcTime, nullable=False),
)

used_links = Table(
    "used_links",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("at", UtcTime, nullable=False),
)
