// Tables that write with SQL of their own.
import Foundation
import JSON
import Stack
import Testing

extension Integration {
    @Suite("Own SQL")
    struct OwnSQL {
        @Test("rows are written in the batch's transaction; what fails or is rejected leaves nothing and fails alone")
        func write() async throws {
            let stack = try await IntegrationStack.shared()
            try await FixturePlugin.serve("notes", ["OWN_SQL"], on: stack)
            let codes = [
                "rejects": "validation_failed", "asks and rejects": "validation_failed", "twice": "unique_violation",
                "commits": "plugin_failed", "misspelt": "database_error",
            ]
            let names = (0..<60).flatMap { ["name \($0)", "asks"] } + codes.keys
            let lines = names.shuffled().map { (name: $0, key: Operation.newKey) }
            var operations: [(name: String, operation: Operation)] = []
            for (name, key) in lines {
                let answer = try await HTTPCalls.write(stack.gateway + "/notes", key: key, #"{"name":"\#(name)"}"#)
                operations.append((name, try Operation(answer)))
            }
            for (name, operation) in operations {
                let status = try await operation.end(on: stack)
                #expect(status["status"]?.string == (codes[name] == nil ? "completed" : "failed"), "\(name)")
                #expect(status["problem"]?["code"]?.string == codes[name], "\(name)")
            }
            let list = try await HTTPCalls.get(stack.readAPI + "/notes?limit=1000").json()
            let written = list["notes"]?.elements.compactMap { $0["name"]?.string } ?? []
            #expect(written.sorted() == names.filter { codes[$0] == nil }.sorted())
        }

        @Test("a delete goes through the plugin's SQL too, and the plugin says that there is nothing to delete")
        func delete() async throws {
            let stack = try await IntegrationStack.shared()
            try await FixturePlugin.serve("memos", ["OWN_SQL"], on: stack)
            let made = try Operation(
                try await HTTPCalls.write(stack.gateway + "/memos", key: Operation.newKey, #"{"name":"one"}"#))
            let id = try await made.end(on: stack)["entityId"]?.string ?? ""
            for expected in ["completed", "failed"] {
                let answer = try await HTTPCalls.send(
                    "DELETE", stack.gateway + "/memos/\(id)", headers: [("Idempotency-Key", Operation.newKey)])
                let status = try await Operation(answer).end(on: stack)
                #expect(status["status"]?.string == expected)
            }
        }
    }
}
