// A nats-server that speaks TLS and knows its users.
import Foundation
import Logging
import Stack
import Testing

@testable import JetStream

@Suite(.timeLimit(.minutes(1))) struct SecureServerTests {
    /// A certificate for 127.0.0.1 that is its own authority, and its key.
    private static func makeCertificate(in folder: URL) async throws -> (certificate: String, key: String) {
        let (certificate, key) = ("\(folder.path())/certificate.pem", "\(folder.path())/key.pem")
        let process = try await ChildProcess.start(
            ChildCommand(
                "/usr/bin/openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-out", certificate, "-keyout",
                    key,
                ], logFile: "\(folder.path())/openssl.log"))
        try #require(await process.exit() == .status(0), "\(process.logTail())")
        return (certificate, key)
    }

    @Test func isTrustedByItsAuthorityAlone() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "jspg-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (certificate, key) = try await Self.makeCertificate(in: folder)
        let server = try await NATSServer(
            """
            tls { cert_file: "\(certificate)", key_file: "\(key)" }
            authorization { user: "ada", password: "se:cret" }
            """)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        var configuration = try NATSConfiguration(url: "tls://ada:se%3Acret@127.0.0.1:\(server.port)", name: "test")
        configuration.certificateAuthorityFile = certificate
        configuration.startTimeout = .seconds(30)
        let connection = try await NATSConnection.connect(configuration, logger: logger)
        #expect(connection.isConnected)
        await connection.close()
        // The server is there: what fails now fails for its certificate.
        configuration.startTimeout = .seconds(1)
        for authority in [nil, "\(folder.path())/nothing.pem"] {
            configuration.certificateAuthorityFile = authority
            await #expect(throws: NATSError.self) {
                _ = try await NATSConnection.connect(configuration, logger: logger)
            }
        }
    }
}
