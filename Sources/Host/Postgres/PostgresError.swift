// What went wrong in PostgreSQL or on the way to it.

/// A failure, with what a caller needs to decide what to do. `safeDescription` is for clients: it leaks no value, no SQL, no
/// secret and no name of a server; `description` is for operators, and says why besides, where that leaks none of them.
package struct PostgresError: Error, Sendable {
    package enum Constraint: String, Sendable {
        case unique, foreignKey, notNull, check, exclusion
    }

    package enum Kind: Sendable, Equatable {
        /// The connection could not be made or was lost; whether a statement took effect may be unknown.
        case connection
        /// The server takes no writes now: starting, stopping, read-only, out of connections, of memory or of disk, or its
        /// files can't be read or written.
        case unavailable
        /// Two transactions got in each other's way; the same again may work.
        case transient
        /// A constraint refused the row.
        case constraint(Constraint)
        /// A value has the wrong form or is out of range.
        case data
        /// Something that is named does not exist.
        case undefined
        /// The user may not do this.
        case permission
        /// The statement was cancelled.
        case cancelled
        case other
    }

    package let kind: Kind
    /// Five characters (PostgreSQL documentation, appendix A); `nil` where libpq itself failed.
    package let sqlState: String?
    package let constraintName: String?
    package let tableName: String?
    package let columnName: String?
    /// What the server or libpq said. May hold values of rows: never for a client, and for a log only what `description` takes.
    package let serverMessage: String

    package init(
        kind: Kind, sqlState: String? = nil, constraintName: String? = nil, tableName: String? = nil,
        columnName: String? = nil, serverMessage: String
    ) {
        self.kind = kind
        self.sqlState = sqlState
        self.constraintName = constraintName
        self.tableName = tableName
        self.columnName = columnName
        self.serverMessage = serverMessage
    }

    /// PostgreSQL takes no writes now; waiting helps.
    package var isUnavailable: Bool { kind == .unavailable || kind == .connection }

    /// The server, which answers, does not let the user in: another password, a database that is gone. A process that was
    /// let in before waits until somebody has mended that; libpq has no SQLSTATE for it.
    package var isRefusedConnection: Bool { sqlState == nil && (kind == .permission || kind == .undefined) }

    /// The same transaction may succeed when it is tried again at once.
    package var isTransient: Bool { kind == .transient }

    /// Trying again does not help: the statement itself was refused.
    package var isRefusal: Bool {
        switch kind {
        case .constraint, .data, .undefined, .permission, .other: true
        case .connection, .unavailable, .transient, .cancelled: false
        }
    }

    /// What may stand in an answer.
    package var safeDescription: String {
        let code = sqlState.map { " (SQLSTATE \($0))" } ?? ""
        return switch kind {
        case .connection: "the connection to PostgreSQL failed\(code)"
        case .unavailable: "PostgreSQL takes no statements now\(code)"
        case .transient: "another transaction was in the way\(code)"
        case .constraint: "the constraint \(constraintName ?? "") of \(tableName ?? "a table") refused a row\(code)"
        case .data: "a value has the wrong form or is out of range\(code)"
        case .undefined: "something that a statement names does not exist\(code)"
        case .permission: "the database user may not do this\(code)"
        case .cancelled: "a statement was cancelled\(code)"
        case .other: "PostgreSQL reported an error\(code)"
        }
    }

    static func kind(ofSQLState state: String) -> Kind {
        switch state {
        case "23505": .constraint(.unique)
        case "23503": .constraint(.foreignKey)
        case "23502": .constraint(.notNull)
        case "23514": .constraint(.check)
        case "23P01": .constraint(.exclusion)
        case "40001", "40P01", "55P03", "55006": .transient
        // Read-only, shutting down, crashed, starting.
        case "25006", "57P01", "57P02", "57P03", "57P05": .unavailable
        // The statement itself is beyond a limit, `temp_file_limit` for one: it would be each time.
        case "53400": .other
        // Out of disk, memory or connections; the system's own errors; files that are damaged. None is the row's fault.
        case _ where state.hasPrefix("53"), _ where state.hasPrefix("58"), "XX001", "XX002": .unavailable
        case "57014": .cancelled
        case "42501", "28000", "28P01": .permission
        case _ where state.hasPrefix("08"): .connection
        case _ where state.hasPrefix("22"), _ where state.hasPrefix("23"): .data
        case "42P01", "42703", "42883", "42704", "3F000", "3D000", "26000": .undefined
        default: .other
        }
    }
}

extension PostgresError: CustomStringConvertible {
    /// What may stand in a log.
    package var description: String {
        if kind == .other, sqlState == nil, let reason { return reason }
        return safeDescription + (reason.map { ": \($0)" } ?? "")
    }

    /// What libpq or the server said, in a line, where it is about servers, logins and the names in a statement alone.
    package var reason: String? {
        guard var line = serverMessage.split(separator: "\n").first else { return nil }
        if let sqlState {
            // Syntax and names (class 42): of all others some have values in them.
            guard sqlState.hasPrefix("42") else { return nil }
            if let colon = line.firstIndex(of: ":") { line = line[line.index(after: colon)...].drop { $0 == " " } }
            // What follows is quoted from the statement, and somebody may have written values into it.
            if sqlState == "42601", let end = line.firstRange(of: " at or near") { line = line[..<end.lowerBound] }
            return String(line)
        }
        // What libpq can't read of a URL it repeats, and that may be the password.
        return Self.harmlessBeginnings.contains(where: line.hasPrefix) ? String(line) : nil
    }

    private static let harmlessBeginnings = [
        "connection to server", "could not translate host name", "server closed the connection", "PostgreSQL ",
    ]
}
