"""Webhooks that wait for their order, and a tenant's partners page by page: each by an index."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("""
        CREATE INDEX partner_events_waiting ON partner_events (partner_id, partner_order_id)
            WHERE outcome IS NULL OR outcome = 'unknown_order';
        CREATE INDEX partners_by_name ON partners (tenant_id, name, id);
    """)


def downgrade() -> None:
    op.execute("DROP INDEX partner_events_waiting, partners_by_name")
