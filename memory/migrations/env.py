"""Runs the revisions on the connection that ``memory.migrate`` passes in."""

from typing import Any

from alembic import context
from alembic.ddl.postgresql import PostgresqlImpl


class PlainSql(PostgresqlImpl):
    """Sends the revisions' SQL as it is written; SQLAlchemy would take ``:word`` and ``%`` for parameters."""

    __dialect__ = "postgresql"

    def execute(self, sql: Any, execution_options: dict[str, Any] | None = None) -> None:
        if isinstance(sql, str):
            assert self.connection is not None  # there is no offline mode here
            self.connection.exec_driver_sql(sql, execution_options={"no_parameters": True})
        else:
            super().execute(sql, execution_options)


context.configure(connection=context.config.attributes["connection"], transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
