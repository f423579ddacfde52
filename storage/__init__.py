"""The database, the object store, the entry ledger and the audit chain."""
