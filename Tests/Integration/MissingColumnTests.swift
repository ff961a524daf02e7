// A plugin that describes more than its migrations make.
import Foundation
import JSON
import Stack
import Testing

extension Integration {
    @Suite("Missing columns")
    struct MissingColumns {
        @Test("a build with a column that no migration makes is refused with the reason, and the one before it goes on")
        func columnWithoutMigration() async throws {
            let stack = try await IntegrationStack.shared()
            try await FixturePlugin.serve("gizmos", on: stack)
            let file = "\(stack.state)/libGizmos.so"
            try await FixturePlugin.compile(
                to: file, [#"TABLE="gizmos""#, #"VERSION="1.1.0""#, "COLUMN_WITHOUT_MIGRATION"], in: stack)
            var result = try await stack.jspg(["plugin", "install", file])
            #expect(result.status == 1, "\(result.text)")
            #expect(
                result.text.contains(#"column "nick" does not exist"#)
                    && result.text.contains("its migrations don't make it"), "\(result.text)")
            let answer = try await HTTPCalls.write(
                stack.gateway + "/gizmos", key: Operation.newKey, #"{"name":"one"}"#)
            #expect(try await Operation(answer).end(on: stack)["status"]?.string == "completed")
            try FileManager.default.removeItem(atPath: stack.endpoints.pluginDirectory + "/gizmos.so")
            result = try await stack.jspg(["reload"])
            #expect(result.status == 0, "\(result.text)")
        }
    }
}
