// How to reach a PostgreSQL server.
import CLibPQ
import Glibc

/// Where PostgreSQL is and how a connection behaves. Its description never shows the password.
package struct PostgresConfiguration: Sendable {
    /// A connection URI or keyword string as libpq reads it (PostgreSQL documentation, "Connection Strings").
    let connectionString: String
    package var applicationName: String
    package var connectTimeout: Duration = .seconds(5)
    /// How long a statement waits for a server that acknowledges nothing any more; whole seconds.
    package var silenceTimeout: Duration = .seconds(30)
    /// How long a statement waits for a lock (SQLSTATE 55P03), unless the URI or `PGOPTIONS` says otherwise; `nil`: the
    /// server's setting.
    package var lockTimeout: Duration?
    /// Sent as `replication=database`: the connection speaks the replication protocol as well.
    package var isReplication = false
    /// What every connection holds for as long as it lives, so that others can tell whether the process does.
    package var presence: ProcessPresence?

    package init(url: String, applicationName: String) {
        connectionString = url
        self.applicationName = applicationName
    }

    /// The parameters that libpq gets; later ones win over the URI's.
    var parameters: [(keyword: String, value: String)] {
        var parameters = [
            ("dbname", connectionString),
            ("fallback_application_name", applicationName),
            ("connect_timeout", String(max(2, connectTimeout.components.seconds))),
            ("client_encoding", "UTF8"), ("options", options),
            ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
            ("tcp_user_timeout", String(silenceTimeout.components.seconds * 1_000)),
        ]
        if isReplication { parameters.append(("replication", "database")) }
        return parameters
    }

    /// Values have the same text whatever the database, the role or the environment sets: the token of a page holds such
    /// texts and comes back on another connection, and events have them.
    ///
    /// The server looks whether the client lives as often as the client does: a machine that loses its power in the middle of
    /// a transaction would hold its locks for two hours otherwise.
    private static let settings =
        "-c DateStyle=ISO -c TimeZone=UTC -c extra_float_digits=1 -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 "
        + "-c tcp_keepalives_count=3"

    /// What the URI or `PGOPTIONS` asks for, then `settings`: one keyword has to say both, and the last of a name wins.
    private var options: String {
        var given: String?
        // `nil` for what is only a database's name.
        let parsed = PQconninfoParse(connectionString, nil)
        defer { PQconninfoFree(parsed) }
        var next = parsed
        while let option = next, let keyword = option.pointee.keyword {
            if String(cString: keyword) == "options", let value = option.pointee.val { given = String(cString: value) }
            next = option + 1
        }
        if given == nil, let value = getenv("PGOPTIONS") { given = String(cString: value) }
        let lockTimeout = lockTimeout.map { "-c lock_timeout=\($0.components.seconds)s" }
        return [lockTimeout ?? "", given ?? "", Self.settings].filter { !$0.isEmpty }.joined(separator: " ")
    }
}

extension PostgresConfiguration: CustomStringConvertible, CustomReflectable {
    /// Host and database without user name and password, as far as they can be told from a URI.
    package var description: String {
        guard let scheme = connectionString.firstRange(of: "://") else { return "PostgreSQL" }
        var rest = connectionString[scheme.upperBound...]
        if let at = rest.lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
        return String(rest.prefix { $0 != "?" })
    }

    package var customMirror: Mirror { Mirror(self, children: ["server": description]) }
}
