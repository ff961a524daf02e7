// The publication from which changes are captured.

/// The tables whose changes `jspg-cdc` publishes. A table joins with its migrations.
package enum ChangePublication {
    package static let name = "jspg_cdc"

    /// Chosen once; who holds this advisory lock changes the publication.
    private static let lock: Int64 = 0x6A73_7067_7075_626C

    /// Makes the publication where there is none, and adds a table that it lacks.
    ///
    /// - Parameter table: in the schema where statements without a schema find it; `nil`: only the publication.
    /// - Throws: `PostgresError`; `permission` where the user may not create publications in this database.
    package static func ensure(table: String?, on connection: isolated PostgresConnection) throws {
        try connection.transaction {
            _ = try connection.query("SELECT pg_advisory_xact_lock($1)", [.int8(lock)])
            if try connection.query("SELECT 1 FROM pg_publication WHERE pubname = $1", [.text(name)]).count == 0 {
                try connection.execute("CREATE PUBLICATION \(name)")
            }
            guard let table else { return }
            let rows = try connection.query(
                """
                SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname)
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.oid = to_regclass(quote_ident($1)) AND NOT EXISTS (
                    SELECT FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
                    WHERE r.prrelid = c.oid AND p.pubname = $2)
                """, [.text(table), .text(name)])
            if let missing = rows.string(0, 0) {
                try connection.execute("ALTER PUBLICATION \(name) ADD TABLE \(missing)")
            }
        }
    }
}
