// The hosts' own tables.

/// The migrations of `schema/migrations`, as part of the executables so that these need no file beside them. A test
/// holds the two together.
package enum HostMigrations {
    /// Under this owner they are remembered in `jspg_migrations`.
    package static let owner = "jspg"

    package static let all: [Migration] = [
        Migration(
            version: 1, name: "write_operations",
            sql: """
                -- Every operation that has ended. The row is written in the transaction that writes the table's own rows, so an
                -- operation takes effect once however often its message is delivered.
                CREATE TABLE write_operations (
                    operation_id uuid PRIMARY KEY,
                    table_name text NOT NULL,
                    entity_id text NOT NULL,
                    kind text NOT NULL CHECK (kind IN ('create', 'update', 'upsert', 'delete')),
                    status text NOT NULL CHECK (status IN ('completed', 'failed')),
                    -- Of a failed one: code, message, status, constraint, errors.
                    error jsonb,
                    -- SHA-256 of the request; NULL for messages of the old system.
                    fingerprint bytea,
                    attempts integer NOT NULL DEFAULT 1,
                    stream_sequence bigint NOT NULL,
                    queued_at timestamptz NOT NULL,
                    ended_at timestamptz NOT NULL
                );

                -- Rows are removed by age. They arrive in that order, so a block range index is enough, and it costs writes nothing.
                CREATE INDEX write_operations_ended_at ON write_operations USING brin (ended_at);

                -- One row for each partition of each table: up to `last` everything in the stream is decided.
                CREATE TABLE write_partitions (
                    table_name text NOT NULL,
                    -- 0 to 7; -1 is the plain subject writes.{table}.
                    partition integer NOT NULL,
                    last bigint NOT NULL DEFAULT 0,
                    -- The message at which batches failed to finish, and how often.
                    stuck_at bigint,
                    attempts integer NOT NULL DEFAULT 0,
                    PRIMARY KEY (table_name, partition)
                ) WITH (fillfactor = 50);

                """),
        Migration(
            version: 2, name: "stream_created",
            sql: """
                -- When the stream was made whose sequence `last` is; NULL: not noted yet. In another stream of the same name sequences begin
                -- at 1 again.
                ALTER TABLE write_partitions ADD COLUMN stream_created text;

                """),
        Migration(
            version: 3, name: "attempted_by",
            sql: """
                -- Whose the last attempt is, while it may still be under way: the key of the advisory lock that each connection of that
                -- process holds. NULL: nobody's.
                ALTER TABLE write_partitions ADD COLUMN attempted_by integer;

                """),
        Migration(
            version: 4, name: "write_operations_age",
            sql: """
                -- Rows are removed by age. A block range index can't find the oldest once removed rows' pages are used again: a range goes on
                -- to hold the oldest time that it ever had. All operations of a transaction have one time, so that equal keys take little room.
                -- On a large table this takes long, and no write is recorded meanwhile: build the index beforehand, by the same name, with
                -- CREATE INDEX CONCURRENTLY.
                CREATE INDEX IF NOT EXISTS write_operations_age ON write_operations (ended_at);
                DROP INDEX IF EXISTS write_operations_ended_at;

                """),
    ]
}
