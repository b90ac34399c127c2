"""Partners and their catalogues, searchable by words and by meaning."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE partners (
            id                text PRIMARY KEY,
            tenant_id         text NOT NULL,
            added_by          text NOT NULL,
            name              text NOT NULL,
            manifest_url      text NOT NULL,
            endpoint          text NOT NULL,
            ucp_version       text NOT NULL,
            keys              jsonb NOT NULL DEFAULT '[]',
            capabilities      jsonb NOT NULL DEFAULT '[]',
            features          text[] NOT NULL DEFAULT '{}',
            payment_handlers  jsonb NOT NULL DEFAULT '[]',
            place             jsonb,
            status            text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'failing')),
            error             text,
            products          integer NOT NULL DEFAULT 0,
            synced_at         timestamptz,
            created_at        timestamptz NOT NULL,
            updated_at        timestamptz NOT NULL,
            UNIQUE (tenant_id, manifest_url)
        )
    """)
    op.execute("""
        -- Grows with every change of a tenant's partners, so that a process can see cheaply that its copy is old.
        CREATE TABLE registry_versions (
            tenant_id  text PRIMARY KEY,
            version    bigint NOT NULL
        )
    """)
    op.execute("""
        CREATE TABLE products (
            partner_id        text NOT NULL REFERENCES partners ON DELETE CASCADE,
            id                text NOT NULL,
            group_id          text NOT NULL,
            tenant_id         text NOT NULL,
            capability_id     text NOT NULL,
            title             text NOT NULL,
            description       text NOT NULL,
            price             bigint NOT NULL CHECK (price >= 0),
            currency          text NOT NULL,
            price_per         text NOT NULL CHECK (price_per IN ('item', 'person')),
            categories        text[] NOT NULL,
            tags              text[] NOT NULL,
            duration_minutes  integer,
            lead_minutes      integer NOT NULL,
            capacity          integer,
            rating            real,
            place             jsonb,
            -- Where it is: the product's own place or its partner's; empty for shops without one.
            lat               double precision,
            lon               double precision,
            available         boolean NOT NULL,
            -- Of everything above: a sync writes only what has changed.
            digest            bytea NOT NULL,
            words             tsvector NOT NULL,
            meaning           halfvec(256),
            PRIMARY KEY (partner_id, id)
        );
        CREATE INDEX products_by_capability ON products (tenant_id, capability_id, price) WHERE available;
        CREATE INDEX products_by_words ON products USING gin (words) WHERE available;
        CREATE INDEX products_by_meaning ON products USING hnsw (meaning halfvec_cosine_ops) WHERE available;
    """)


def downgrade() -> None:
    op.execute("DROP TABLE products, registry_versions, partners")
