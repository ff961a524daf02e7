// An operation that kills the process that works on it.
import Foundation
import JSON
import Stack
import Testing

extension Integration {
    @Suite("Poison")
    struct Poison {
        @Test("a trap in prepare: the operation ends failed, every other one completed")
        func trapInPrepare() async throws {
            // Of its own: its processors die again and again.
            let stack = try await IntegrationStack.start()
            let supervising = Task { await stack.stack.supervise() }
            defer { supervising.cancel() }
            try await FixturePlugin.serve("traps", ["TRAP_IN_PREPARE"], on: stack)
            var operations: [(name: String, operation: Operation)] = []
            for number in 0..<200 {
                let name = number == 60 ? "trap" : "name \(number)"
                let answer = try await HTTPCalls.write(
                    stack.gateway + "/traps", key: Operation.newKey, #"{"name":"\#(name)"}"#)
                operations.append((name, try Operation(answer)))
            }
            for (name, operation) in operations {
                let status = try await operation.end(on: stack, within: .seconds(60))
                #expect(status["status"]?.string == (name == "trap" ? "failed" : "completed"))
                if name == "trap" {
                    #expect(status["problem"]?["code"]?.string == "poison_message")
                    let reason = status["problem"]?["message"]?.string ?? ""
                    #expect(
                        reason.contains("crashed in prepare (signal 4, Illegal instruction) on this operation, 2 times")
                    )
                }
            }
            await stack.stack.stop()
        }
    }
}
