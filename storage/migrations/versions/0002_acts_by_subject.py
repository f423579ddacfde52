"""An index of the acts by what they are about; a reason that no file was ever given

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_audit_events_subject", "audit_events", ["subject"])
    op.drop_column("files", "reason")


def downgrade() -> None:
    op.add_column("files", sa.Column("reason", sa.String(length=80), nullable=True))
    op.drop_index("ix_audit_events_subject", "audit_events")
