// A plugin that crashes processors again and again.
import Foundation
import JSON
import Stack
import Testing

extension Integration {
    @Suite("Crashes in prepare")
    struct PrepareCrashes {
        @Test(
            "three messages crash processors: the table's queue waits, others go on, a release lets it go on, and nothing is lost"
        )
        func quarantine() async throws {
            let stack = try await IntegrationStack.start()
            let supervising = Task { await stack.stack.supervise() }
            defer { supervising.cancel() }
            try await FixturePlugin.serve("traps", ["TRAP_IN_PREPARE"], on: stack)
            // All are stored before the first crash: the gateway takes none while the plugin is out of service.
            let processors = [await stack.pid("processor"), await stack.pid("processor-2")].compactMap { $0 }
            for pid in processors { kill(pid, SIGSTOP) }
            var operations: [(name: String, operation: Operation)] = []
            for number in 0..<23 {
                let name = number % 10 == 1 ? "trap" : "name \(number)"
                let answer = try await HTTPCalls.write(
                    stack.gateway + "/traps", key: Operation.newKey, #"{"name":"\#(name)"}"#)
                operations.append((name, try Operation(answer)))
            }
            for pid in processors { kill(pid, SIGCONT) }
            func isQuarantined() async throws -> Bool {
                try await stack.jspg(["plugin", "list"]).text.contains("quarantined until")
            }
            func ended() async throws -> Int {
                let sql = "SELECT count(*) FROM write_operations WHERE table_name = 'traps'"
                return try await Int(stack.rows(sql)[0][0]) ?? 0
            }
            try await awaiting("the plugin stays in service", within: .seconds(60)) {
                try await Task.sleep(for: .milliseconds(300))
                return try await isQuarantined()
            }
            let other = try Operation(
                try await HTTPCalls.write(stack.gateway + "/users", key: Operation.newKey, Bodies.user()))
            #expect(try await other.end(on: stack)["status"]?.string == "completed")
            // Every processor has noticed by then.
            try await Task.sleep(for: .milliseconds(1_500))
            let before = try await ended()
            #expect(before < operations.count)
            try await Task.sleep(for: .seconds(1))
            #expect(try await ended() == before, "the queue does not wait")

            let released = try await stack.jspg(["plugin", "release", "traps"])
            #expect(released.status == 0, "\(released.text)")
            // What is left crashes them again, and perhaps too often once more, until each was given up.
            try await awaiting("not all operations end", within: .seconds(120)) {
                if try await isQuarantined() { _ = try await stack.jspg(["plugin", "release", "traps"]) }
                try await Task.sleep(for: .milliseconds(300))
                return try await ended() == operations.count
            }
            for (name, operation) in operations {
                let status = try await operation.end(on: stack)
                #expect(status["status"]?.string == (name == "trap" ? "failed" : "completed"))
                if name == "trap" { #expect(status["problem"]?["code"]?.string == "poison_message") }
            }
            let letters = try await stack.jspg(["dlq", "list", "--table", "traps", "--json"])
            #expect(try JSONDocument(parsing: letters.text).root.count == 3)
            #expect(try await stack.rows("SELECT count(*) FROM traps") == [["20"]])
        }
    }
}
