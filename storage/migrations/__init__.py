"""Alembic's migrations. Run by ``storage.database.upgrade``; made with ``storage/alembic.ini``."""
