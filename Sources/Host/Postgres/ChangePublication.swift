// The publication from which changes are captured.

/// The tables whose changes `jspg-cdc` publishes. A table joins with its migrations.
package enum ChangePublication {
    package static let name = "jspg_cdc"

    /// Chosen once; who holds this advisory lock changes the publication.
    private static let lock: Int64 = 0x6A73_7067_7075_626C

    /// Partitions are published as the table that they are of: nobody else knows them.
    private static let options = "publish_via_partition_root = true"

    /// Makes the publication where there is none, and adds a table that it lacks. One whose rows PostgreSQL can't tell apart
    /// is left out, or taken out: while it is published, PostgreSQL refuses each `UPDATE` and `DELETE` of it.
    ///
    /// - Parameter table: in the schema where statements without a schema find it; `nil`: only the publication.
    /// - Throws: `PostgresError`; `permission` where the user may not create publications in this database.
    package static func ensure(table: String?, on connection: isolated PostgresConnection) throws {
        try connection.transaction {
            _ = try connection.query("SELECT pg_advisory_xact_lock($1)", [.int8(lock)])
            // Only its owner may change it, and it works for everybody else as it is.
            let publication = try connection.query(
                "SELECT NOT pubviaroot AND pg_has_role(pubowner, 'USAGE') FROM pg_publication WHERE pubname = $1",
                [.text(name)])
            if publication.count == 0 {
                try connection.execute("CREATE PUBLICATION \(name) WITH (\(options))")
            } else if publication.string(0, 0) == "t" {
                try connection.execute("ALTER PUBLICATION \(name) SET (\(options))")
            }
            guard let table else { return }
            // The index that PostgreSQL itself would use (CheckCmdReplicaIdentity).
            let rows = try connection.query(
                """
                SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname),
                    c.relreplident = 'f' OR EXISTS (
                        SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisvalid AND i.indimmediate
                            AND CASE c.relreplident WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident
                                ELSE false END),
                    EXISTS (
                        SELECT FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
                        WHERE r.prrelid = c.oid AND p.pubname = $2)
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.oid = to_regclass(quote_ident($1))
                """, [.text(table), .text(name)])
            guard let qualified = rows.string(0, 0) else { return }
            let (canBePublished, isPublished) = (rows.string(0, 1) == "t", rows.string(0, 2) == "t")
            if canBePublished != isPublished {
                try connection.execute(
                    "ALTER PUBLICATION \(name) \(canBePublished ? "ADD" : "DROP") TABLE \(qualified)")
            }
        }
    }

    /// Whether a table is in the publication; `ensure` leaves out those whose rows PostgreSQL can't tell apart.
    package static func contains(_ table: String, on connection: isolated PostgresConnection) throws -> Bool {
        try connection.query(
            """
            SELECT 1 FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
            WHERE p.pubname = $1 AND r.prrelid = to_regclass(quote_ident($2))
            """, [.text(name), .text(table)]
        ).count > 0
    }
}
