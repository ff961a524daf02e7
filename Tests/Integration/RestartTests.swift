// Killing hosts in the middle of a stream of writes.
import Foundation
import JSON
import JetStream
import Operations
import Stack
import Synchronization
import Testing

extension Integration {
    @Suite("Restarts")
    struct Restarts {
        @Test("killing each host in mid-stream loses nothing", arguments: ["processor", "read-api", "gateway"])
        func killed(host: String) async throws {
            let stack = try await IntegrationStack.shared()
            async let kill: Void = {
                try await Task.sleep(for: .milliseconds(300))
                try await stack.killAndAwaitRestart(host)
            }()
            var operations: [Operation] = []
            for number in 0..<200 {
                operations.append(try await Self.persist(number, to: stack.gateway))
                try await Task.sleep(for: .milliseconds(5))
            }
            try await kill
            for operation in operations {
                #expect(try await operation.end(on: stack)["status"]?.string == "completed")
            }
        }

        /// Sends a write until it is accepted, as a client does: the same key each time.
        private static func persist(_ number: Int, to gateway: String) async throws -> Operation {
            let key = Operation.newKey
            let body = Bodies.user("Persistent \(number)")
            let deadline = ContinuousClock.now + .seconds(30)
            while true {
                do {
                    return try Operation(try await HTTPCalls.write(gateway + "/users", key: key, body))
                } catch {
                    guard ContinuousClock.now < deadline else { throw error }
                    try await Task.sleep(for: .milliseconds(100))
                }
            }
        }

        /// Set once, seen by all.
        private final class Flag: Sendable {
            private let value = Atomic(false)

            var isSet: Bool { value.load(ordering: .relaxed) }

            func set() { value.store(true, ordering: .relaxed) }
        }

        @Test(
            "SIGTERM to each host in mid-stream: it ends with status 0 in time, and every accepted write takes effect once"
        )
        func terminated() async throws {
            let stack = try await IntegrationStack.start()
            // The test's own hosts do their work: of these it learns how they end.
            for name in ["processor", "processor-2"] {
                let pid = try #require(await stack.pid(name))
                kill(pid, SIGKILL)
            }
            let gateway = try stack.host("gateway-of-test", "jspg-gateway")
            let processor = try stack.host("processor-of-test", "jspg-processor")
            let readAPI = try stack.host("read-api-of-test", "jspg-read-api")
            for host in [gateway, processor, readAPI] { try await host.start() }
            let isOver = Flag()
            let operations = try await withThrowingTaskGroup(of: [Operation].self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        var operations: [Operation] = []
                        while !isOver.isSet {
                            operations.append(try await Self.persist(operations.count, to: gateway.url))
                            try await Task.sleep(for: .milliseconds(15))
                        }
                        return operations
                    }
                }
                group.addTask {
                    while !isOver.isSet {
                        // While it is away nobody answers.
                        _ = try? await HTTPCalls.get(readAPI.url + "/users?limit=10")
                        try await Task.sleep(for: .milliseconds(5))
                    }
                    return []
                }
                group.addTask {
                    defer { isOver.set() }
                    for host in [gateway, processor, readAPI] {
                        try await Task.sleep(for: .milliseconds(500))
                        let process = try #require(host.process)
                        let start = ContinuousClock.now
                        process.send(SIGTERM)
                        let exit = await process.exit()
                        #expect(exit == .status(0), "\(host.name)")
                        #expect(ContinuousClock.now - start < .seconds(20), "\(host.name)")
                        try await host.start()
                    }
                    return []
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(operations.count > 50)
            for operation in operations {
                #expect(try await operation.end(on: stack)["status"]?.string == "completed")
            }
            let count = [[String(operations.count)]]
            #expect(try await stack.rows("SELECT count(*) FROM write_operations WHERE status = 'completed'") == count)
            #expect(try await stack.rows("SELECT count(*) FROM users") == count)
            #expect(try await stack.jspg(["dlq", "list"]).text.contains("There are no dead letters."))
        }

        @Test("an order right after its user completes, for many at once")
        func parents() async throws {
            let stack = try await IntegrationStack.shared()
            let operations = try await withThrowingTaskGroup(of: [Operation].self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        var operations: [Operation] = []
                        for _ in 0..<100 {
                            let user = try Operation(
                                try await HTTPCalls.write(
                                    stack.gateway + "/users", key: Operation.newKey, Bodies.user()))
                            let order = try Operation(
                                try await HTTPCalls.write(
                                    stack.gateway + "/orders", key: Operation.newKey, Bodies.order(user: user.entityID))
                            )
                            operations += [user, order]
                        }
                        return operations
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(operations.count == 4_000)
            for operation in operations {
                #expect(try await operation.end(on: stack)["status"]?.string == "completed")
            }
        }

        @Test("every partition is in service again within 5 s of its holder's death")
        func takeover() async throws {
            // Nobody starts the dead one again: the other has to take over.
            let stack = try await IntegrationStack.start()
            func write() async throws -> [Operation] {
                var operations: [Operation] = []
                for _ in 0..<80 {
                    operations.append(
                        try Operation(
                            try await HTTPCalls.write(stack.gateway + "/users", key: Operation.newKey, Bodies.user())))
                }
                return operations
            }
            let nats = try await stack.nats()
            func holders() async throws -> [String?] {
                var holders: [String?] = []
                for partition in 0..<Partition.count {
                    let consumer = try await JetStream(nats).consumerInfo(
                        stream: StreamName.writes, name: Subject.writer(table: "users", partition: partition))
                    holders.append(consumer.pinnedClientID)
                }
                return holders
            }
            for operation in try await write() { _ = try await operation.end(on: stack) }
            let held = try await holders()
            let before = try await write()
            let pid = try #require(await stack.pid("processor"))
            kill(pid, SIGKILL)
            let death = ContinuousClock.now
            for operation in try await before + write() {
                let status = try await operation.end(on: stack)
                #expect(status["status"]?.string == "completed")
            }
            let duration = ContinuousClock.now - death
            print("takeover: all writes of the dead holder's partitions ended \(duration) after its death")
            #expect(duration < .seconds(5))
            let taken = try await holders()
            #expect(zip(held, taken).contains { $0 != nil && $0 != $1 }, "the dead one held nothing")
            await nats.close()
        }

        @Test("an order for a user that was never posted fails at once")
        func orphan() async throws {
            let stack = try await IntegrationStack.shared()
            let start = ContinuousClock.now
            let order = try Operation(
                try await HTTPCalls.write(
                    stack.gateway + "/orders", key: Operation.newKey, Bodies.order(user: UUID().uuidString)))
            let status = try await order.end(on: stack)
            #expect(status["status"]?.string == "failed")
            #expect(status["problem"]?["code"]?.string == "foreign_key_violation")
            #expect(ContinuousClock.now - start < .seconds(5))
        }
    }
}
