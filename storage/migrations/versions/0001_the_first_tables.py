"""The first tables

Revision ID: 0001
Revises: nothing
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_events",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.String(length=80), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_events"),
        sa.UniqueConstraint("hash", name="uq_audit_events_hash"),
        sa.UniqueConstraint("previous", name="uq_audit_events_previous"),
    )

    op.create_table(
        "batches",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("ministry", sa.String(length=40), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_batches"),
    )

    op.create_table(
        "files",
        sa.Column("id", sa.String(length=50), nullable=False),
        sa.Column("batch_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("archive_key", sa.String(), nullable=False),
        sa.Column("archive_version", sa.String(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name="fk_files_batch_id"),
        sa.PrimaryKeyConstraint("id", name="pk_files"),
        sa.UniqueConstraint("batch_id", "name", "sha256", name="uq_files_batch_id_name_sha256"),
        sa.UniqueConstraint("batch_id", "number", name="uq_files_batch_id_number"),
    )
    op.create_index("ix_files_sha256", "files", ["sha256"])

    op.create_table(
        "documents",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("batch_id", sa.String(length=40), nullable=False),
        sa.Column("file_id", sa.String(length=50), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("pages", sa.JSON(), nullable=False),
        sa.Column("form", sa.String(length=80), nullable=True),
        sa.Column("form_confidence", sa.Double(), nullable=False),
        sa.Column("decision", sa.String(length=20), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("confirmed_by", sa.String(length=120), nullable=True),
        sa.Column("twin_of", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name="fk_documents_batch_id"),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_documents_file_id"),
        sa.ForeignKeyConstraint(["twin_of"], ["documents.id"], name="fk_documents_twin_of"),
        sa.PrimaryKeyConstraint("id", name="pk_documents"),
        sa.UniqueConstraint("file_id", "number", name="uq_documents_file_id_number"),
    )
    op.create_index("ix_documents_batch_id", "documents", ["batch_id"])
    op.create_index("ix_documents_state", "documents", ["state"])

    op.create_table(
        "entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.String(length=60), nullable=False),
        sa.Column("target", sa.String(length=80), nullable=False),
        sa.Column("form", sa.String(length=80), nullable=False),
        sa.Column("business_key", sa.String(length=80), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.String(length=200), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("quiet_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmation", sa.String(), nullable=True),
        sa.Column("pre_existing", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name="fk_entries_document_id"),
        sa.PrimaryKeyConstraint("id", name="pk_entries"),
        sa.UniqueConstraint(
            "target", "form", "business_key", name="uq_entries_target_form_business_key"
        ),
    )
    op.create_index("ix_entries_document_id", "entries", ["document_id"])
    op.create_index("ix_entries_target_state", "entries", ["target", "state"])

    op.create_table(
        "readings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("raw", sa.String(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("box", sa.JSON(), nullable=True),
        sa.Column("reader", sa.String(length=40), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("crop_key", sa.String(), nullable=True),
        sa.Column("doubtful", sa.Boolean(), nullable=False),
        sa.Column("final_value", sa.String(), nullable=True),
        sa.Column("verdict", sa.String(length=20), nullable=True),
        sa.Column("decided_by", sa.String(length=120), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name="fk_readings_document_id"),
        sa.PrimaryKeyConstraint("id", name="pk_readings"),
        sa.UniqueConstraint("document_id", "name", name="uq_readings_document_id_name"),
    )

    op.create_table(
        "artifacts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("version_id", sa.String(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("parent_sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("tool", sa.String(length=80), nullable=False),
        sa.Column("tool_version", sa.String(length=40), nullable=False),
        sa.Column("document_id", sa.String(length=60), nullable=True),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name="fk_artifacts_document_id"),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name="fk_artifacts_entry_id"),
        sa.PrimaryKeyConstraint("id", name="pk_artifacts"),
    )
    op.create_index("ix_artifacts_document_id", "artifacts", ["document_id"])
    op.create_index("ix_artifacts_entry_id", "artifacts", ["entry_id"])
    op.create_index("ix_artifacts_key", "artifacts", ["key"])

    op.create_table(
        "entry_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.String(length=20), nullable=True),
        sa.Column("after", sa.String(length=20), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name="fk_entry_events_entry_id"),
        sa.PrimaryKeyConstraint("id", name="pk_entry_events"),
    )
    op.create_index("ix_entry_events_entry_id", "entry_events", ["entry_id"])
    _append_only("entry_events")
    _append_only("audit_events")


def _append_only(table: str) -> None:
    """Have the database itself refuse to change or drop a row of ``table``."""
    message = f"{table} is append-only"
    if op.get_context().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{message}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()"
    )


def downgrade() -> None:
    for table in (
        "entry_events",
        "artifacts",
        "readings",
        "entries",
        "documents",
        "files",
        "batches",
        "audit_events",
    ):
        op.drop_table(table)
    if op.get_context().dialect.name == "postgresql":
        for table in ("entry_events", "audit_events"):
            op.execute(f"DROP FUNCTION {table}_refuse()")
