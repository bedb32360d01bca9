"""The tables of the whole walk, from a survey's run to a delivered notice."""

# ruff: noqa: E501
import sqlalchemy as sa
from alembic import op

from ledger.append_only import FIRST, statements
from ledger.columns import BigId, UtcTime
from ledger.lifecycle_guard import guards

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table, index and append-only trigger."""
    op.create_table(
        "counters",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", BigId, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
    )
    op.create_table(
        "customers",
        sa.Column("id", BigId, autoincrement=False, nullable=False),
        sa.Column("identity_hash", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("erased", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("identity_hash", name=op.f("uq_customers_identity_hash")),
    )
    op.create_table(
        "journal",
        sa.Column("id", BigId, autoincrement=False, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
    )
    op.create_table(
        "meta",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_meta")),
    )
    op.create_table(
        "models",
        sa.Column("id", BigId, nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_models")),
        sa.UniqueConstraint("model_id", name=op.f("uq_models_model_id")),
    )
    op.create_table(
        "policies",
        sa.Column("id", BigId, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policies")),
        sa.UniqueConstraint("hash", name=op.f("uq_policies_hash")),
    )
    op.create_table(
        "question_sets",
        sa.Column("id", BigId, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_sets")),
        sa.UniqueConstraint("digest", name=op.f("uq_question_sets_digest")),
    )
    op.create_table(
        "runs",
        sa.Column("number", BigId, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("survey", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("batch_size", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=False),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("taxonomy", sa.Text(), server_default="", nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("leased_until", UtcTime(), nullable=True),
        sa.Column("fence", BigId, nullable=True),
        sa.CheckConstraint("state = 'running' OR state = 'done' OR state = 'failed'", name=op.f("ck_runs_state_known")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_runs")),
        sa.UniqueConstraint("id", name=op.f("uq_runs_id")),
        sa.UniqueConstraint("survey", "content_hash", name=op.f("uq_runs_survey_content_hash")),
    )
    op.create_index("ix_runs_started_at", "runs", ["started_at"], unique=False)
    op.create_table(
        "surveys",
        sa.Column("id", BigId, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("survey", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("scale", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_surveys")),
        sa.UniqueConstraint("source", "survey", name=op.f("uq_surveys_source_survey")),
    )
    op.create_table(
        "flags",
        sa.Column("id", BigId, nullable=False),
        sa.Column("run", BigId, nullable=False),
        sa.Column("row_number", BigId, nullable=False),
        sa.Column("expectation", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.number"], name=op.f("fk_flags_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flags")),
    )
    op.create_index(op.f("ix_flags_run"), "flags", ["run"], unique=False)
    op.create_table(
        "quarantine",
        sa.Column("id", BigId, nullable=False),
        sa.Column("run", BigId, nullable=False),
        sa.Column("survey", sa.Text(), nullable=False),
        sa.Column("row_number", BigId, nullable=False),
        sa.Column("response_id", sa.Text(), nullable=True),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("released_in", BigId, nullable=True),
        sa.CheckConstraint(
            "reason = 'column_count' OR reason = 'mangled_quoting' OR reason = 'cut_off' OR reason = 'bad_encoding' OR reason = 'missing_id' OR reason = 'missing_time' OR reason = 'bad_time' OR reason = 'future_time' OR reason = 'bad_score' OR reason = 'score_off_scale' OR reason = 'status' OR reason = 'contract' OR reason = 'too_long'",
            name=op.f("ck_quarantine_reason_known"),
        ),
        sa.ForeignKeyConstraint(["released_in"], ["runs.number"], name=op.f("fk_quarantine_released_in")),
        sa.ForeignKeyConstraint(["run"], ["runs.number"], name=op.f("fk_quarantine_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
    )
    op.create_index(op.f("ix_quarantine_run"), "quarantine", ["run"], unique=False)
    op.create_index(op.f("ix_quarantine_survey"), "quarantine", ["survey"], unique=False)
    op.create_table(
        "run_batches",
        sa.Column("run", BigId, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("attached", sa.Integer(), nullable=False),
        sa.Column("suppressed", sa.Integer(), nullable=False),
        sa.Column("quiet", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("quarantined", sa.Integer(), nullable=False),
        sa.Column("duplicate", sa.Integer(), nullable=False),
        sa.Column("revised", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "received = opened + attached + suppressed + quiet + held + quarantined + duplicate + revised",
            name=op.f("ck_run_batches_conserved"),
        ),
        sa.ForeignKeyConstraint(["run"], ["runs.number"], name=op.f("fk_run_batches_run")),
        sa.PrimaryKeyConstraint("run", "number", name=op.f("pk_run_batches")),
    )
    op.create_table(
        "tickets",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("survey", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=True),
        sa.Column("tier", sa.Text(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("customer", BigId, nullable=True),
        sa.Column("opened_at", UtcTime(), nullable=False),
        sa.Column("first_touch_due", UtcTime(), nullable=True),
        sa.Column("resolution_due", UtcTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("first_touched_at", UtcTime(), nullable=True),
        sa.Column("resolved_at", UtcTime(), nullable=True),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.Column("root_cause", sa.Text(), nullable=True),
        sa.Column("action_taken", sa.Text(), nullable=True),
        sa.Column("resolved", sa.Boolean(), nullable=True),
        sa.Column("responses", sa.Integer(), nullable=False),
        sa.Column("policy_hash", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=True),
        sa.Column("next_due", UtcTime(), nullable=True),
        sa.Column("episode", sa.Text(), nullable=False),
        sa.Column("merged_into", sa.Text(), nullable=True),
        sa.Column("follow_up_of", sa.Text(), nullable=True),
        sa.Column("escalated", sa.Text(), nullable=False),
        sa.Column("checked", sa.Text(), nullable=True),
        sa.CheckConstraint("owner <> ''", name=op.f("ck_tickets_owned")),
        sa.CheckConstraint(
            "priority = 'urgent' OR priority = 'high' OR priority = 'normal' OR priority = 'low'",
            name=op.f("ck_tickets_priority_known"),
        ),
        sa.CheckConstraint(
            "severity = 'critical' OR severity = 'high' OR severity = 'medium' OR severity = 'low'",
            name=op.f("ck_tickets_severity_known"),
        ),
        sa.CheckConstraint(
            "status = 'new' OR status = 'open' OR status = 'in_progress' OR status = 'waiting_on_customer' OR status = 'on_hold' OR status = 'resolved' OR status = 'closed'",
            name=op.f("ck_tickets_status_known"),
        ),
        sa.CheckConstraint("(root_cause IS NULL) = (resolved IS NULL)", name=op.f("ck_tickets_closure_whole")),
        sa.CheckConstraint("version > 0", name=op.f("ck_tickets_has_events")),
        sa.CheckConstraint(
            "status NOT IN ('resolved', 'closed') OR root_cause IS NOT NULL", name=op.f("ck_tickets_closure_said")
        ),
        sa.CheckConstraint("merged_into IS NULL OR merged_into <> key", name=op.f("ck_tickets_merged_elsewhere")),
        sa.ForeignKeyConstraint(
            ["customer"], ["customers.id"], name=op.f("fk_tickets_customer"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_tickets")),
    )
    op.create_index(
        "ix_tickets_queue",
        "tickets",
        ["queue"],
        unique=False,
        sqlite_where=sa.text("queue IS NOT NULL"),
        postgresql_where=sa.text("queue IS NOT NULL"),
    )
    op.create_index("ix_tickets_customer", "tickets", ["customer"], unique=False)
    op.create_index("ix_tickets_status_owner", "tickets", ["status", "owner"], unique=False)
    op.create_index("ix_tickets_next_due", "tickets", ["next_due", "key"], unique=False)
    op.create_index("ix_tickets_team_next_due", "tickets", ["team", "next_due", "key"], unique=False)
    op.create_index("ix_tickets_team_status", "tickets", ["team", "status", "next_due", "key"], unique=False)
    op.create_index("ix_tickets_owner_next_due", "tickets", ["owner", "next_due", "key"], unique=False)
    op.create_index("ix_tickets_owner_team", "tickets", ["owner", "team", "status", "next_due", "key"], unique=False)
    op.create_index("ix_tickets_opened_at", "tickets", ["opened_at", "key"], unique=False)
    op.create_index(
        "one_live_ticket",
        "tickets",
        ["customer", "episode"],
        unique=True,
        sqlite_where=sa.text(
            "status IN ('new', 'open', 'in_progress', 'waiting_on_customer', 'on_hold') AND merged_into IS NULL"
        ),
        postgresql_where=sa.text(
            "status IN ('new', 'open', 'in_progress', 'waiting_on_customer', 'on_hold') AND merged_into IS NULL"
        ),
    )
    op.create_index(
        "ix_tickets_merged_into",
        "tickets",
        ["merged_into"],
        unique=False,
        sqlite_where=sa.text("merged_into IS NOT NULL"),
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.create_table(
        "responses",
        sa.Column("id", BigId, autoincrement=False, nullable=False),
        sa.Column("survey", BigId, nullable=False),
        sa.Column("response_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("submitted_at", UtcTime(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=True),
        sa.Column("recorded_at", UtcTime(), nullable=True),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("question_set", BigId, nullable=True),
        sa.Column("comments", sa.Text(), nullable=True),
        sa.Column("attributes", sa.Text(), nullable=True),
        sa.Column("customer", BigId, nullable=True),
        sa.Column("run", BigId, nullable=False),
        sa.Column("row_number", BigId, nullable=False),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.Column("disposition_reason", sa.Text(), nullable=True),
        sa.Column("ticket", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "disposition = 'opened' OR disposition = 'attached' OR disposition = 'suppressed' OR disposition = 'quiet' OR disposition = 'held' OR disposition = 'quarantined' OR disposition = 'duplicate' OR disposition = 'revised'",
            name=op.f("ck_responses_disposition_known"),
        ),
        sa.CheckConstraint(
            "disposition NOT IN ('opened', 'attached') OR ticket IS NOT NULL", name=op.f("ck_responses_promise_held")
        ),
        sa.CheckConstraint(
            "status = 'live' OR status = 'partial' OR status = 'imported' OR status = 'test'",
            name=op.f("ck_responses_status_known"),
        ),
        sa.ForeignKeyConstraint(["customer"], ["customers.id"], name=op.f("fk_responses_customer")),
        sa.ForeignKeyConstraint(["question_set"], ["question_sets.id"], name=op.f("fk_responses_question_set")),
        sa.ForeignKeyConstraint(["run"], ["runs.number"], name=op.f("fk_responses_run")),
        sa.ForeignKeyConstraint(["survey"], ["surveys.id"], name=op.f("fk_responses_survey")),
        sa.ForeignKeyConstraint(
            ["ticket"], ["tickets.key"], name=op.f("fk_responses_ticket"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responses")),
        sa.UniqueConstraint("survey", "response_id", "revision", name=op.f("uq_responses_survey_response_id_revision")),
    )
    op.create_index(
        "ix_responses_customer",
        "responses",
        ["customer"],
        unique=False,
        sqlite_where=sa.text("customer IS NOT NULL"),
        postgresql_where=sa.text("customer IS NOT NULL"),
    )
    op.create_index("ix_responses_survey_submitted_at", "responses", ["survey", "submitted_at"], unique=False)
    op.create_index(
        "ix_responses_ticket",
        "responses",
        ["ticket"],
        unique=False,
        sqlite_where=sa.text("ticket IS NOT NULL"),
        postgresql_where=sa.text("ticket IS NOT NULL"),
    )
    op.create_table(
        "ticket_events",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("note_digest", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind = 'opened' OR kind = 'response_attached' OR kind = 'response_revised' OR kind = 'assigned' OR kind = 'acknowledged' OR kind = 'status_changed' OR kind = 'severity_raised' OR kind = 'priority_changed' OR kind = 'contacted' OR kind = 'noted' OR kind = 'escalated' OR kind = 'resolved' OR kind = 'closed' OR kind = 'reopened' OR kind = 'sla_updated' OR kind = 'merged' OR kind = 'unmerged' OR kind = 'absorbed' OR kind = 'released' OR kind = 'split' OR kind = 'followed_up' OR kind = 'escalation_acknowledged' OR kind = 'checked' OR kind = 'customer_messaged' OR kind = 'customer_answered' OR kind = 'watched' OR kind = 'unwatched' OR kind = 'tagged' OR kind = 'untagged' OR kind = 'reminder_set' OR kind = 'reminder_dropped' OR kind = 'reminded' OR kind = 'file_attached' OR kind = 'file_removed' OR kind = 'categorised' OR kind = 'children_attached' OR kind = 'cited' OR kind = 'uncited' OR kind = 'consent_recorded'",
            name=op.f("ck_ticket_events_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["ticket"], ["tickets.key"], name=op.f("fk_ticket_events_ticket"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_events")),
        sa.UniqueConstraint("ticket", "sequence", name=op.f("uq_ticket_events_ticket_sequence")),
    )
    op.create_table(
        "decisions",
        sa.Column("response", BigId, autoincrement=False, nullable=False),
        sa.Column("outcome", sa.SmallInteger(), nullable=False),
        sa.Column("policy", BigId, nullable=False),
        sa.Column("model", BigId, nullable=False),
        sa.Column("fired", sa.Text(), nullable=True),
        sa.Column("unscored", sa.Text(), nullable=True),
        sa.Column("themes", sa.Text(), nullable=True),
        sa.Column("trace", sa.Text(), nullable=True),
        sa.CheckConstraint("(outcome = 2) = (fired IS NOT NULL)", name=op.f("ck_decisions_fired_named")),
        sa.CheckConstraint("outcome BETWEEN 0 AND 2", name=op.f("ck_decisions_outcome_known")),
        sa.ForeignKeyConstraint(["model"], ["models.id"], name=op.f("fk_decisions_model")),
        sa.ForeignKeyConstraint(["policy"], ["policies.id"], name=op.f("fk_decisions_policy")),
        sa.ForeignKeyConstraint(["response"], ["responses.id"], name=op.f("fk_decisions_response")),
        sa.PrimaryKeyConstraint("response", name=op.f("pk_decisions")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=True),
        sa.Column("event_sequence", sa.Integer(), nullable=True),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", UtcTime(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("delivered_at", UtcTime(), nullable=True),
        sa.Column("leased_until", UtcTime(), nullable=True),
        sa.Column("fence", BigId, nullable=True),
        sa.CheckConstraint(
            "channel = 'mail' OR channel = 'chat' OR channel = 'console'", name=op.f("ck_outbox_channel_known")
        ),
        sa.CheckConstraint(
            "kind = 'ticket_opened' OR kind = 'response_attached' OR kind = 'overdue' OR kind = 'assigned' OR kind = 'breach_risk' OR kind = 'escalated' OR kind = 'reopened' OR kind = 'customer_acknowledgement' OR kind = 'customer_resolution' OR kind = 'customer_survey' OR kind = 'mentioned' OR kind = 'watched' OR kind = 'reminder' OR kind = 'digest' OR kind = 'customer_initiative' OR kind = 'summary' OR kind = 'customer_reply'",
            name=op.f("ck_outbox_kind_known"),
        ),
        sa.CheckConstraint("(ticket IS NULL) = (about IS NOT NULL)", name=op.f("ck_outbox_ticket_or_period")),
        sa.CheckConstraint("(ticket IS NULL) = (event_sequence IS NULL)", name=op.f("ck_outbox_event_of_ticket")),
        sa.CheckConstraint(
            "state = 'pending' OR state = 'delivered' OR state = 'dead'", name=op.f("ck_outbox_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["ticket", "event_sequence"],
            ["ticket_events.ticket", "ticket_events.sequence"],
            name=op.f("fk_outbox_ticket_event_sequence"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_state_next_attempt_at", "outbox", ["state", "next_attempt_at"], unique=False)
    op.create_table(
        "scores",
        sa.Column("response", BigId, autoincrement=False, nullable=False),
        sa.Column("model", BigId, autoincrement=False, nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["model"], ["models.id"], name=op.f("fk_scores_model")),
        sa.ForeignKeyConstraint(["response"], ["responses.id"], name=op.f("fk_scores_response")),
        sa.PrimaryKeyConstraint("response", "model", name=op.f("pk_scores")),
    )
    dialect = op.get_bind().dialect.name
    for statement in (*statements(dialect, FIRST), *guards(dialect)):
        op.execute(statement)
