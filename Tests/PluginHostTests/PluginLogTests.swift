// What plugins write into the host's log.
import JSON
import Logging
import Operations
import PluginHost
import Testing

@Suite("Plugin log")
struct PluginLogTests {
    @Test("a line says which file it is from, also that of a generation that was replaced")
    func origin() async throws {
        let lines = LogLines()
        let plugins = try PluginFolderFixture(logger: lines.logger)
        defer { plugins.remove() }
        try await plugins.add("things.so", ["LOGS"])
        try await plugins.add("others.so", ["LOGS", #"TABLE="others""#])
        _ = await plugins.host.start()
        let before = try #require(plugins.host.tables.table("things"))
        try await plugins.add("things.so", ["LOGS", #"VERSION="1.0.1""#])
        _ = await plugins.host.reload()
        let tables = [
            before, try #require(plugins.host.tables.table("things")),
            try #require(plugins.host.tables.table("others")),
        ]
        let body = #"{"name":"good"}"#
        for table in tables {
            try table.validate(
                kind: .create, entityID: "x", body: try JSONDocument(parsing: body).root, bytes: Array(body.utf8),
                for: .host)
        }
        let origins = tables.map { "\($0.plugin.file) \($0.plugin.hash.prefix(12))" }
        #expect(Set(origins).count == 3)
        func written(_ message: String, _ level: Logger.Level) -> [String] {
            lines.all.filter { $0.message == message && $0.level == level && $0.metadata["logger"] == "plugin" }
                .map { "\($0.metadata["file"] ?? "") \($0.metadata["plugin"] ?? "")" }
        }
        #expect(written("registering", .info).sorted() == origins.sorted())
        #expect(written("validating", .warning) == origins)
    }
}
