// Plugins that fail: the client is told that much, the log says why.
import JSON
import Logging
import Operations
import PluginHost
import Tables
import Testing

@Suite("Failures of plugins")
struct FailureLogTests {
    @Test("why a plugin failed is logged with table, file and operation, not once for each request")
    func logged() async throws {
        let lines = LogLines()
        let plugins = try PluginFolderFixture(logger: lines.logger)
        defer { plugins.remove() }
        try await plugins.add("typed.so", source: "Tests/Fixtures/TypedFunctions.c")
        _ = await plugins.host.start()
        let table = try #require(plugins.host.tables.table("typed"))
        let id = "00000000-0000-4000-8000-000000000000"
        let operation = try #require(OperationID("11111111-0000-4000-8000-000000000000"))
        func validate(_ label: String) throws {
            let body = #"{"label":"\#(label)"}"#
            try table.validate(
                kind: .create, entityID: id, body: try JSONDocument(parsing: body).root, bytes: Array(body.utf8),
                for: PluginCallOrigin(operation: operation, fingerprint: nil))
        }
        func failures() -> [LogLines.Line] { lines.all.filter { $0.message.contains("failed on a write") } }
        // What a client is told is nothing for the log.
        #expect(throws: PluginRejection.self) { try validate("refused") }
        #expect(failures().isEmpty)
        for _ in 0..<1_000 { #expect(throws: PluginRejection.self) { try validate("perhaps") } }
        let failure = try #require(failures().first)
        #expect(failure.level == .error && failure.metadata["table"] == "typed")
        #expect(failure.metadata["file"] == "typed.so" && failure.metadata["operation"] == operation.description)
        #expect(failure.metadata["err"]?.contains("jspg_fn_agrees returned neither") == true)
        // One a second, on a machine that may be busy.
        #expect(failures().count < 100)
    }
}
