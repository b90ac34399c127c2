"""The database's history, as Alembic revisions in plain SQL: ``versions/NNNN_name.py``, in order."""
