// Servers away: what still works, what is said, and that it mends itself.
import Foundation
import JSON
import Stack
import Testing

extension Integration {
    @Suite("Degraded modes", .serialized)
    struct Degraded {
        private func create(_ name: String, on stack: IntegrationStack) async throws -> String? {
            let operation = try Operation(
                try await HTTPCalls.write(stack.gateway + "/users", key: Operation.newKey, Bodies.user(name)))
            return try await operation.end(on: stack)["status"]?.string
        }

        @Test(
            "Redis away: writes complete, reads come from PostgreSQL and say so, and the cache is back without a restart"
        )
        func redis() async throws {
            let stack = try await IntegrationStack.start()
            #expect(try await create("before", on: stack) == "completed")
            try await awaitHit(stack.readAPI + "/users")
            if let pid = await stack.pid("redis") { kill(pid, SIGKILL) }
            try await Task.sleep(for: .milliseconds(300))
            #expect(try await create("during", on: stack) == "completed")
            let list = try await HTTPCalls.get(stack.readAPI + "/users")
            #expect(list.status == 200 && list.header("X-Cache") == "bypass" && list.text.contains("during"))
            let health = try await HTTPCalls.get(stack.readAPI + "/health")
            #expect(try health.status == 200 && health.json()["redis"]?.bool == false)
            let supervising = Task { await stack.stack.supervise() }
            defer { supervising.cancel() }
            try await awaiting("the cache is not used again") {
                try await HTTPCalls.get(stack.readAPI + "/users").header("X-Cache") == "hit"
            }
            #expect(try await HTTPCalls.get(stack.readAPI + "/users").text.contains("during"))
        }

        /// The URL of a list of which the read API knows that it is too large for the cache.
        private func largeList(on stack: IntegrationStack) async throws -> String {
            try await FixturePlugin.serve("bulky", on: stack)
            // Nobody has to be told of these.
            try await stack.rows("ALTER PUBLICATION jspg_cdc DROP TABLE bulky")
            try await stack.rows(
                "INSERT INTO bulky SELECT gen_random_uuid(), repeat('x', \(2 << 20)) FROM generate_series(1, 3)")
            let url = stack.readAPI + "/bulky?limit=3"
            let list = try await HTTPCalls.get(url)
            #expect(list.status == 200 && list.header("X-Cache") == "bypass")
            #expect(list.header("Cache-Control") == "no-cache")
            // An answer without a body gives its connection back as well.
            for _ in 0..<20 {
                try await awaiting("large lists are not sent any more") {
                    try await HTTPCalls.send("HEAD", url).status == 200
                }
            }
            return url
        }

        /// Change data capture would invalidate as well, a moment later.
        @Test("only the processor is without Redis: who is told that a write is completed finds it in the list")
        func processorWithoutRedis() async throws {
            let stack = try await IntegrationStack.start()
            for name in ["cdc", "processor", "processor-2"] {
                let pid = try #require(await stack.pid(name), "\(name) does not run")
                kill(pid, SIGKILL)
            }
            _ = try await stack.start("jspg-processor", environment: ["REDIS_URL": "redis://127.0.0.1:1"])
            for name in ["first", "second", "third"] {
                try await awaitHit(stack.readAPI + "/users")
                let answer = try await HTTPCalls.write(
                    stack.gateway + "/users", key: Operation.newKey, Bodies.user(name), headers: [("Prefer", "wait=30")]
                )
                #expect(answer.status == 201)
                #expect(try await HTTPCalls.get(stack.readAPI + "/users").text.contains(name))
            }
            for name in ["fourth", "fifth", "sixth"] {
                try await awaitHit(stack.readAPI + "/users")
                let operation = try Operation(
                    try await HTTPCalls.write(stack.gateway + "/users", key: Operation.newKey, Bodies.user(name)))
                let separator = operation.location.contains("?") ? "&" : "?"
                let status = try await HTTPCalls.get(stack.readAPI + operation.location + separator + "wait=30").json()
                #expect(status["status"]?.string == "completed")
                #expect(try await HTTPCalls.get(stack.readAPI + "/users").text.contains(name))
            }
        }

        @Test(
            "PostgreSQL away: what is cached is served, the rest is 503 with Retry-After, writes are accepted and complete later"
        )
        func postgres() async throws {
            // Longer than the test, so that what is cached stays.
            let stack = try await IntegrationStack.start(environment: ["CACHE_TTL": "600"])
            #expect(try await create("before", on: stack) == "completed")
            try await awaitHit(stack.readAPI + "/users")
            let large = try await largeList(on: stack)
            if let pid = await stack.pid("postgres") { kill(pid, SIGINT) }
            try await Task.sleep(for: .milliseconds(500))
            let streamed = try await HTTPCalls.get(large)
            #expect(streamed.status == 503 && streamed.header("Retry-After") != nil, "nothing of it was sent")
            let cached = try await HTTPCalls.get(stack.readAPI + "/users")
            #expect(cached.status == 200 && cached.text.contains("before"))
            let cold = try await HTTPCalls.get(stack.readAPI + "/users?limit=7")
            #expect(cold.status == 503 && cold.header("Retry-After") != nil)
            #expect(cold.header("Content-Type") == "application/problem+json")
            #expect(!cold.text.contains("SELECT") && !cold.text.contains("jetstream@"))
            let accepted = try Operation(
                try await HTTPCalls.write(stack.gateway + "/users", key: Operation.newKey, Bodies.user("during")))
            let supervising = Task { await stack.stack.supervise() }
            defer { supervising.cancel() }
            #expect(try await accepted.end(on: stack)["status"]?.string == "completed")
            #expect(try await HTTPCalls.get(stack.readAPI + "/users").text.contains("during"))
        }

        @Test("NATS away: reads go on, a write is 503 at once, and both hosts mend themselves")
        func nats() async throws {
            let stack = try await IntegrationStack.start()
            #expect(try await create("before", on: stack) == "completed")
            if let pid = await stack.pid("nats") { kill(pid, SIGKILL) }
            try await Task.sleep(for: .milliseconds(500))
            #expect(try await HTTPCalls.get(stack.readAPI + "/users").status == 200)
            var refused = try await HTTPCalls.write(stack.gateway + "/users", key: Operation.newKey, Bodies.user())
            for _ in 0..<8 where refused.status == 503 {
                refused = try await HTTPCalls.write(stack.gateway + "/users", key: Operation.newKey, Bodies.user())
            }
            #expect(refused.status == 503 && refused.header("Retry-After") != nil)
            let start = ContinuousClock.now
            _ = try await HTTPCalls.write(stack.gateway + "/users", key: Operation.newKey, Bodies.user())
            #expect(ContinuousClock.now - start < .seconds(2), "the circuit is open: nobody waits")
            #expect(try await HTTPCalls.get(stack.gateway + "/health").status == 503)
            let supervising = Task { await stack.stack.supervise() }
            defer { supervising.cancel() }
            try await awaiting("the gateway takes no writes again") {
                try await HTTPCalls.write(stack.gateway + "/users", key: Operation.newKey, Bodies.user()).status == 202
            }
            #expect(try await create("after", on: stack) == "completed")
        }

        @Test(
            "change data capture away: /health tells a lag that grows, and who is told completed finds the write in the list"
        )
        func captureAway() async throws {
            let stack = try await IntegrationStack.shared()
            func lag() async throws -> Int64 {
                try await HTTPCalls.get(stack.readAPI + "/health").json()["cdcLagMs"]?.int64 ?? -1
            }
            try await awaiting("change data capture does not catch up") { try await (0..<1_000).contains(lag()) }
            let pid = try #require(await stack.pid("cdc"))
            kill(pid, SIGSTOP)
            defer { kill(pid, SIGCONT) }
            for _ in 0..<3 {
                // In the cache, and so stale as soon as a row is added.
                try await awaiting("the list is not cached") {
                    try await HTTPCalls.get(stack.readAPI + "/users").header("X-Cache") == "hit"
                }
                let name = UUID().uuidString
                #expect(try await create(name, on: stack) == "completed")
                #expect(try await HTTPCalls.get(stack.readAPI + "/users").text.contains(name))
            }
            try await awaiting("no lag is told") { try await lag() > 3_000 }
            let before = try await lag()
            try await awaiting("the lag does not grow") { try await lag() > before + 500 }
            kill(pid, SIGCONT)
            try await awaiting("the lag does not end") { try await (0..<1_000).contains(lag()) }
        }

        @Test("500 clients that ask for the same cold list share one query")
        func herd() async throws {
            let stack = try await IntegrationStack.shared()
            try await FixturePlugin.serve("herds", on: stack)
            try await stack.rows("INSERT INTO herds SELECT gen_random_uuid(), 'x' FROM generate_series(1, 50)")
            try await Task.sleep(for: .seconds(2))
            func scans() async throws -> Int {
                // What a session counts shows a moment after it.
                try await Task.sleep(for: .seconds(2))
                let rows = try await stack.rows(
                    "SELECT seq_scan + coalesce(idx_scan, 0) FROM pg_stat_user_tables WHERE relname = 'herds'")
                return Int(rows.first?.first ?? "") ?? -1
            }
            let before = try await scans()
            let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                for _ in 0..<500 { group.addTask { try await HTTPCalls.get(stack.readAPI + "/herds?limit=50") } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0.status == 200 })
            #expect(Set(answers.map(\.text)).count == 1)
            let after = try await scans()
            #expect(after - before == 1)
        }
    }
}
