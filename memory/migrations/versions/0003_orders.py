"""Orders and their lines, what happened to them, what partners told us, and the ledger."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("""
        -- No foreign keys to threads and partners: an order outlives both, and another host may keep the threads.
        CREATE TABLE orders (
            id          text PRIMARY KEY,
            tenant_id   text NOT NULL,
            user_id     text NOT NULL,
            thread_id   text NOT NULL,
            currency    text NOT NULL,
            limits      jsonb NOT NULL,
            relations   jsonb NOT NULL,
            home        jsonb,
            created_at  timestamptz NOT NULL
        );
        CREATE INDEX orders_of_user ON orders (tenant_id, user_id, created_at DESC, id DESC);
    """)
    op.execute("""
        CREATE TABLE order_lines (
            id                text PRIMARY KEY,
            sequence          bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
            order_id          text NOT NULL REFERENCES orders,
            tenant_id         text NOT NULL,
            user_id           text NOT NULL,
            partner_id        text NOT NULL,
            need              jsonb NOT NULL,
            offer             jsonb NOT NULL,
            "start"           timestamptz NOT NULL,
            "end"             timestamptz NOT NULL,
            place             jsonb,
            origin            jsonb,
            state             text NOT NULL CHECK (state IN
                                  ('proposed', 'authorised', 'placed', 'accepted', 'in_progress', 'fulfilled',
                                   'rejected', 'expired', 'cancelled', 'refunded', 'replaced')),
            reason            text,
            checkout_id       text,
            partner_order_id  text,
            -- At most one line is bought instead of another.
            replaces          text UNIQUE REFERENCES order_lines,
            placed_at         timestamptz,
            answer_by         timestamptz,
            -- We asked the partner to cancel it: what comes back is the person's wish, not a refusal.
            cancelling        boolean NOT NULL DEFAULT false,
            -- Every line is an order of its own at its partner.
            UNIQUE (partner_id, partner_order_id)
        );
        CREATE INDEX order_lines_of_order ON order_lines (order_id, sequence);
    """)
    op.execute("""
        CREATE TABLE line_events (
            id         bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
            order_id   text NOT NULL REFERENCES orders,
            line_id    text NOT NULL REFERENCES order_lines,
            tenant_id  text NOT NULL,
            user_id    text NOT NULL,
            at         timestamptz NOT NULL,
            what       text NOT NULL,
            applied    boolean NOT NULL,
            detail     text
        );
        CREATE INDEX line_events_of_order ON line_events (order_id, id);
    """)
    op.execute("""
        -- Webhooks as they came. "tenant_id" is the partner's; whose order it is shows when the order is known.
        CREATE TABLE partner_events (
            partner_id        text NOT NULL,
            webhook_id        text NOT NULL,
            tenant_id         text NOT NULL,
            partner_order_id  text NOT NULL,
            snapshot          jsonb NOT NULL,
            received_at       timestamptz NOT NULL,
            outcome           text CHECK (outcome IN ('applied', 'ignored', 'unknown_order')),
            PRIMARY KEY (partner_id, webhook_id)
        );
    """)
    op.execute("""
        -- A transfer is one row, so its two legs cannot disagree; "ledger_entries" shows them.
        CREATE TABLE ledger_transfers (
            id         text NOT NULL,
            sequence   bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
            tenant_id  text NOT NULL,
            user_id    text NOT NULL,
            source     text NOT NULL,
            target     text NOT NULL CHECK (target <> source),
            amount     bigint NOT NULL CHECK (amount > 0),
            currency   text NOT NULL,
            kind       text NOT NULL CHECK (kind IN ('authorise', 'hold', 'release', 'refund', 'void')),
            order_id   text NOT NULL REFERENCES orders,
            line_id    text REFERENCES order_lines,
            at         timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, id)
        );
        CREATE INDEX ledger_transfers_of_order ON ledger_transfers (order_id, sequence);

        CREATE VIEW ledger_entries AS
            SELECT transfer.id || leg.side AS id, transfer.sequence, transfer.tenant_id, transfer.order_id,
                   transfer.id AS transfer_id, leg.account, leg.sign * transfer.amount AS amount,
                   transfer.currency, transfer.kind, transfer.line_id, transfer.at
            FROM ledger_transfers AS transfer
            CROSS JOIN LATERAL (VALUES (':out', transfer.source, -1), (':in', transfer.target, 1))
                AS leg (side, account, sign);

        -- Only a person may owe: what they owe is what their payment method is asked for.
        CREATE TABLE ledger_accounts (
            tenant_id  text NOT NULL,
            account    text NOT NULL,
            currency   text NOT NULL,
            balance    bigint NOT NULL DEFAULT 0,
            PRIMARY KEY (tenant_id, account, currency),
            CONSTRAINT ledger_account_not_overdrawn CHECK (balance >= 0 OR account LIKE 'person:%')
        );
    """)
    op.execute("""
        CREATE FUNCTION ledger_post() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            -- Rows are made and locked in the order of their names, so that two transfers never wait for each other.
            INSERT INTO ledger_accounts (tenant_id, account, currency)
                SELECT NEW.tenant_id, account, NEW.currency
                FROM unnest(ARRAY[NEW.source, NEW.target]) AS account ORDER BY account
                ON CONFLICT DO NOTHING;
            PERFORM FROM ledger_accounts
                WHERE tenant_id = NEW.tenant_id AND currency = NEW.currency AND account IN (NEW.source, NEW.target)
                ORDER BY account FOR UPDATE;
            UPDATE ledger_accounts
                SET balance = balance + CASE account WHEN NEW.target THEN NEW.amount ELSE -NEW.amount END
                WHERE tenant_id = NEW.tenant_id AND currency = NEW.currency AND account IN (NEW.source, NEW.target);
            RETURN NULL;
        END $$;
        CREATE TRIGGER ledger_post AFTER INSERT ON ledger_transfers FOR EACH ROW EXECUTE FUNCTION ledger_post();

        CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the ledger is append-only: correct a transfer with another one';
        END $$;
        CREATE TRIGGER ledger_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transfers
            FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
    """)


def downgrade() -> None:
    op.execute("DROP VIEW ledger_entries")
    op.execute("DROP TABLE ledger_accounts, ledger_transfers, partner_events, line_events, order_lines, orders")
    op.execute("DROP FUNCTION ledger_post, ledger_is_append_only")
