// How every host reaches NATS.
package import JetStream
package import Logging
package import Settings

/// The settings of the connection to NATS.
package struct NATSSettings: Sendable {
    private let url: String
    private let certificateAuthorityFile: String
    private let credentialsFile: String

    package static let descriptions: [SettingDescription] = [
        HostSettings.natsURL.description, HostSettings.natsCertificateAuthority.description,
        HostSettings.natsCredentials.description,
    ]

    /// - Parameter url: in the place of `NATS_URL`.
    package init(reading settings: SettingsReader, url: String? = nil) throws(SettingError) {
        self.url = if let url { url } else { try settings.value(of: HostSettings.natsURL) }
        certificateAuthorityFile = try settings.value(of: HostSettings.natsCertificateAuthority)
        credentialsFile = try settings.value(of: HostSettings.natsCredentials)
    }

    /// - Parameters:
    ///   - name: of this client, for the server's monitoring.
    ///   - timeout: how long a server that can't be reached is waited for.
    /// - Throws: `NATSError`.
    package func connect(
        as name: String, within timeout: Duration, logger: Logger
    ) async throws(NATSError) -> NATSConnection {
        var configuration = try NATSConfiguration(url: url, name: name)
        if !certificateAuthorityFile.isEmpty { configuration.certificateAuthorityFile = certificateAuthorityFile }
        if !credentialsFile.isEmpty { configuration.credentialsFile = credentialsFile }
        configuration.startTimeout = timeout
        return try await NATSConnection.connect(configuration, logger: logger)
    }
}
