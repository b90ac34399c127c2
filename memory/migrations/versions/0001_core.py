"""Threads, runs and interrupts: the units of conversation and of work."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    op.execute("""
        -- What is installed here, by part: our own revisions, PgQueuer, LangGraph's checkpoint tables.
        CREATE TABLE schema_parts (
            name     text PRIMARY KEY,
            version  text NOT NULL
        )
    """)
    op.execute("""
        CREATE TABLE threads (
            id          text PRIMARY KEY,
            tenant_id   text NOT NULL,
            user_id     text NOT NULL,
            graph       text NOT NULL,
            title       text NOT NULL DEFAULT '',
            created_at  timestamptz NOT NULL DEFAULT now(),
            updated_at  timestamptz NOT NULL DEFAULT now()
        );
        CREATE INDEX threads_of_user ON threads (tenant_id, user_id, updated_at DESC);
    """)
    op.execute("""
        CREATE TABLE runs (
            id           text PRIMARY KEY,
            thread_id    text NOT NULL REFERENCES threads ON DELETE CASCADE,
            tenant_id    text NOT NULL,
            user_id      text NOT NULL,
            graph        text NOT NULL,
            status       text NOT NULL CHECK (status IN
                             ('queued', 'running', 'interrupted', 'succeeded', 'failed', 'cancelled')),
            owner        text,
            fence        integer NOT NULL DEFAULT 0,
            lease_until  timestamptz,
            attempts     integer NOT NULL DEFAULT 0,
            -- Runs of one thread work in this order.
            position     bigint GENERATED ALWAYS AS IDENTITY,
            cancelling   boolean NOT NULL DEFAULT false,
            -- The thread's checkpoint step when the run first began: where it stood is counted from there.
            first_step   integer,
            -- The number of the last event, once the run has ended.
            last_event   integer,
            input        jsonb NOT NULL DEFAULT '{}',
            result       jsonb,
            error        jsonb,
            dedupe_key   text UNIQUE,
            created_at   timestamptz NOT NULL DEFAULT now(),
            finished_at  timestamptz
        );
        -- One running run a thread; queued ones wait behind it.
        CREATE UNIQUE INDEX runs_one_running ON runs (thread_id) WHERE status = 'running';
        -- The sweep looks for lapsed leases and queued runs only.
        CREATE INDEX runs_to_sweep ON runs (position) WHERE status IN ('queued', 'running');
        CREATE INDEX runs_of_thread ON runs (thread_id, position);
    """)
    op.execute("""
        CREATE TABLE interrupts (
            -- Graphs name their interrupts, so an id is unique in its thread only.
            id                  text NOT NULL,
            thread_id           text NOT NULL REFERENCES threads ON DELETE CASCADE,
            run_id              text NOT NULL REFERENCES runs ON DELETE CASCADE,
            tenant_id           text NOT NULL,
            user_id             text NOT NULL,
            reason              text NOT NULL,
            message             text NOT NULL DEFAULT '',
            response_schema     jsonb,
            payload             jsonb,
            status              text NOT NULL DEFAULT 'pending' CHECK (status IN
                                    ('pending', 'answered', 'expired', 'superseded')),
            graph_interrupt_id  text,
            expires_at          timestamptz,
            answered_at         timestamptz,
            -- Written before the run is, in one transaction.
            answered_by_run     text REFERENCES runs ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
            created_at          timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (thread_id, id)
        );
        CREATE INDEX interrupts_pending ON interrupts (thread_id) WHERE status = 'pending';
        CREATE INDEX interrupts_by_id ON interrupts (id);
        CREATE INDEX interrupts_of_run ON interrupts (run_id);
    """)


def downgrade() -> None:
    op.execute("DROP TABLE interrupts, runs, threads, schema_parts")
