// Where NATS is and how to log in: parsed from a URL, never printed with its credentials.

/// Settings of one connection.
package struct NATSConfiguration: Sendable {
    /// How this client proves who it is.
    enum Credentials: Sendable, Hashable {
        case none
        case user(name: String, password: String)
        case token(String)
    }

    /// `scheme://host:port` of each server, without credentials.
    package let servers: [String]
    /// Shown by the server's monitoring.
    package let name: String
    let credentials: Credentials
    let usesTLS: Bool

    /// PEM file of the authorities that may have signed the server's certificate; `nil`: the system's.
    package var certificateAuthorityFile: String?
    /// A `.creds` file (user JWT and key seed) in place of credentials in the URL.
    package var credentialsFile: String?
    /// For one attempt to connect.
    package var attemptTimeout: Duration = .seconds(2)
    /// How long `NATSConnection.connect` keeps trying.
    package var startTimeout: Duration = .seconds(60)
    /// Pause between attempts, at the start and after a loss.
    package var reconnectWait: Duration = .milliseconds(250)
    /// The server is pinged this often; two unanswered pings count as a loss.
    package var pingInterval: Duration = .seconds(5)

    /// - Parameters:
    ///   - url: `nats://[user:password@|token@]host[:port]`, or `tls://…`; several of one cluster separated by commas.
    ///     Credentials are percent-encoded; those of the first URL that has some are used for all.
    ///   - name: of this client, for the server's monitoring.
    /// - Throws: `NATSError.invalidConfiguration`; its text shows nothing of the credentials.
    package init(url: String, name: String) throws(NATSError) {
        var servers: [String] = []
        var credentials = Credentials.none
        var usesTLS = false
        for (index, part) in url.split(separator: ",", omittingEmptySubsequences: false).enumerated() {
            let parsed = try NATSURL(parsing: part, position: index + 1)
            servers.append(parsed.address)
            usesTLS = usesTLS || parsed.usesTLS
            guard parsed.credentials != .none, parsed.credentials != credentials else { continue }
            guard credentials == .none else {
                throw .invalidConfiguration("URL \(index + 1) has other credentials than one before it")
            }
            credentials = parsed.credentials
        }
        self.servers = servers
        self.credentials = credentials
        self.usesTLS = usesTLS
        self.name = name
    }
}

extension NATSConfiguration: CustomStringConvertible {
    /// The servers, without credentials.
    package var description: String { servers.joined(separator: ",") }
}

extension NATSConfiguration: CustomReflectable {
    /// So that `dump` and string interpolation of a mirror show no credentials either.
    package var customMirror: Mirror { Mirror(self, children: ["servers": servers, "name": name]) }
}
