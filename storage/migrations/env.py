"""What Alembic runs: over the connection it is given, or the database of the settings."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from greffier.settings import Settings
from storage.database import open_engine
from storage.models import Base


def migrate(connection: Connection) -> None:
    # SQLite cannot alter a table in place: Alembic's batch mode copies it.
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    with open_engine(Settings.load().database).begin() as connection:
        migrate(connection)
