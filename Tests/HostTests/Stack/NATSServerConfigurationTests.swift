// What nats-server is told where it runs for the developer stack and in production.
import Foundation
import Stack
import Testing

@Suite("Configuration of nats-server")
struct NATSServerConfigurationTests {
    /// No client can see the setting, and no test cuts the power.
    @Test("each message is on disk before it is answered, in the developer stack and in production")
    func sync() throws {
        let folder = NSTemporaryDirectory() + "jspg-nats-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        _ = try NATSServer.make(in: folder)
        let repository = URL(filePath: #filePath).appending(path: "../../../..").standardized
        let files = [
            URL(filePath: folder).appending(path: "nats-server.conf"),
            repository.appending(path: "deploy/nats/nats-server.conf"),
        ]
        for file in files {
            let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            #expect(lines.contains("sync_interval: always"), "\(file)")
        }
    }
}
