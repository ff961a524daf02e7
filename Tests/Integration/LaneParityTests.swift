// The same request before the router and through it: the same answer.
import Foundation
import JSON
import Testing

extension Integration {
    /// A condition that no row meets sends a request to the router, and changes nothing there. Where it goes is counted.
    @Suite("Fast lane and router")
    struct LaneParity {
        private static let toRouter = ("If-None-Match", "\"no such tag\"")
        private static let json = ("Content-Type", "application/json")
        /// What a client acts on.
        private static let fields = [
            "Content-Type", "Cache-Control", "Location", "Retry-After", "Idempotency-Replayed", "ETag", "Allow",
            "Accept", "Content-Length", "Connection",
        ]

        /// What is each request's own is masked.
        private func described(_ answer: Answer, masking: [String] = []) -> [String] {
            func masked(_ text: String) -> String {
                masking.filter { !$0.isEmpty }.reduce(text) { $0.replacingOccurrences(of: $1, with: "*") }
            }
            return ["\(answer.status)", masked(answer.text)]
                + Self.fields.map { "\($0): \(answer.header($0).map(masked) ?? "none")" }
        }

        private func both(
            _ method: String, _ url: String, _ headers: [(String, String)] = [], _ body: String? = nil,
            takesLane: Bool? = true
        ) async throws -> (lane: Answer, router: Answer) {
            let bytes = body.map { Array($0.utf8) }
            let before = try await fastAnswers(url)
            let lane = try await HTTPCalls.send(method, url, headers: headers, body: bytes)
            let after = try await fastAnswers(url)
            if let takesLane { #expect(after - before == (takesLane ? 1 : 0), "\(method) \(url): lane") }
            let router = try await HTTPCalls.send(method, url, headers: headers + [Self.toRouter], body: bytes)
            #expect(try await fastAnswers(url) == after, "\(method) \(url): router")
            return (lane, router)
        }

        /// How many requests the host of a URL has answered before the router.
        private func fastAnswers(_ url: String) async throws -> Int {
            let host = url.split(separator: "/", maxSplits: 3).prefix(2).joined(separator: "//")
            let metrics = try await HTTPCalls.get(host + "/metrics").text
            let line = metrics.split(separator: "\n").first { $0.hasPrefix("jspg_http_fast_answers_total ") }
            return try #require(line.flatMap { Int($0.split(separator: " ")[1]) })
        }

        private func key(_ key: String = Operation.newKey) -> (String, String) { ("Idempotency-Key", key) }

        // MARK: Writes

        @Test("an accepted write")
        func accepted() async throws {
            let stack = try await IntegrationStack.shared()
            var described: [[String]] = []
            for more in [[], [Self.toRouter]] {
                let answer = try await HTTPCalls.send(
                    "POST", stack.gateway + "/users", headers: [key(), Self.json] + more,
                    body: Array(Bodies.user().utf8))
                let operation = try Operation(answer)
                let acceptedAt = try #require(try answer.json()["acceptedAt"]?.string)
                let query = operation.location.split(separator: "?").last.map { String($0) } ?? ""
                for part in ["seq=", "table=users", "partition=", "fp="] { #expect(query.contains(part)) }
                #expect(answer.header("Date") != nil)
                described.append(
                    self.described(answer, masking: [operation.id, operation.entityID, acceptedAt, query]).filter {
                        // The query's numbers differ in length, and the body's do not.
                        !$0.hasPrefix("Location") || $0.hasPrefix("Location: /status/")
                    })
                #expect(try await operation.end(on: stack)["status"]?.string == "completed")
            }
            #expect(described[0] == described[1])
        }

        @Test("update, upsert and delete are accepted alike", arguments: ["PUT", "PATCH", "DELETE"])
        func kinds(method: String) async throws {
            let stack = try await IntegrationStack.shared()
            let user = try Operation(
                try await HTTPCalls.write(stack.gateway + "/users", key: Operation.newKey, Bodies.user()))
            var texts: [[String]] = []
            for more in [[], [Self.toRouter]] {
                let body = method == "DELETE" ? nil : Array(Bodies.user().utf8)
                let answer = try await HTTPCalls.send(
                    method, stack.gateway + "/users/\(user.entityID)",
                    headers: [key()] + (body == nil ? [] : [Self.json]) + more, body: body)
                let operation = try Operation(answer)
                #expect(operation.entityID == user.entityID)
                let acceptedAt = try #require(try answer.json()["acceptedAt"]?.string)
                let query = operation.location.split(separator: "?").last.map { String($0) } ?? ""
                texts.append(described(answer, masking: [operation.id, acceptedAt, query]))
            }
            #expect(texts[0] == texts[1])
        }

        @Test(
            "a write that is refused",
            arguments: [
                // Validation.
                ("POST", "/users", true, "application/json", #"{"name":"","email":"x","other":1}"#, 400),
                ("POST", "/users", true, "application/json", "{", 400), ("POST", "/users", true, nil, "", 400),
                ("PUT", "/users/x", true, "application/json", "{}", 400),
                ("PATCH", "/users/00000000-0000-4000-8000-000000000000", true, "application/json", #"{"name":1}"#, 400),
                // No such table, no such operation.
                ("POST", "/nothing", true, "application/json", "{}", 404), ("PUT", "/users", true, nil, "{}", 405),
                ("POST", "/users/1", true, nil, "{}", 405),
                // Type and key.
                ("POST", "/users", true, "text/plain", #"{"name":"a","email":"a@example.com"}"#, 415),
                ("POST", "/users", false, "application/json", #"{"name":"a","email":"a@example.com"}"#, 400),
            ] as [(String, String, Bool, String?, String, Int)])
        func refused(
            method: String, path: String, hasKey: Bool, type: String?, body: String, status: Int
        ) async throws {
            let stack = try await IntegrationStack.shared()
            let headers = (hasKey ? [key()] : []) + (type.map { [("Content-Type", $0)] } ?? [])
            // What can't be served at all is left to the router.
            let (lane, router) = try await both(
                method, stack.gateway + path, headers, body, takesLane: status != 404 && status != 405)
            #expect(lane.status == status)
            #expect(lane.header("Content-Type") == "application/problem+json")
            #expect(described(lane) == described(router))
        }

        @Test("a malformed key", arguments: ["a b", String(repeating: "k", count: 256)])
        func malformedKey(text: String) async throws {
            let stack = try await IntegrationStack.shared()
            let (lane, router) = try await both(
                "POST", stack.gateway + "/users", [key(text), Self.json], Bodies.user())
            #expect(lane.status == 400)
            #expect(described(lane) == described(router))
        }

        @Test("a repeated request has the first's answer and says so, whichever way each of them went")
        func replay() async throws {
            let stack = try await IntegrationStack.shared()
            for first in [[], [Self.toRouter]] {
                let headers = [key(), Self.json]
                let body = Bodies.user()
                let original = try await HTTPCalls.send(
                    "POST", stack.gateway + "/users", headers: headers + first, body: Array(body.utf8))
                #expect(original.status == 202 && original.header("Idempotency-Replayed") == nil)
                let (lane, router) = try await both("POST", stack.gateway + "/users", headers, body)
                #expect(described(lane) == described(router))
                #expect(lane.status == 202 && lane.body == original.body)
                #expect(lane.header("Idempotency-Replayed") == "true")
                #expect(lane.header("Location") == original.header("Location"))
            }
        }

        @Test("a key of another request is 422")
        func keyReuse() async throws {
            let stack = try await IntegrationStack.shared()
            let headers = [key(), Self.json]
            _ = try Operation(
                try await HTTPCalls.send(
                    "POST", stack.gateway + "/users", headers: headers, body: Array(Bodies.user().utf8)))
            let (lane, router) = try await both("POST", stack.gateway + "/users", headers, Bodies.user())
            #expect(lane.status == 422)
            #expect(described(lane) == described(router))
        }

        // MARK: Reads

        private func ended(_ stack: IntegrationStack, body: String = Bodies.user()) async throws -> Operation {
            let operation = try Operation(
                try await HTTPCalls.write(stack.gateway + "/users", key: Operation.newKey, body))
            #expect(try await operation.end(on: stack)["status"]?.string == "completed")
            return operation
        }

        @Test("a list and a row, cached and not")
        func reads() async throws {
            let stack = try await IntegrationStack.shared()
            let email = "\(UUID().uuidString)@example.com"
            let user = try await ended(stack, body: Bodies.user("Lane", email: email))
            for path in ["/users/\(user.entityID)", "/users?email=\(email)", "/users?limit=1&sort=-email", "/users"] {
                // Nothing is cached of a query that nobody made.
                let cold = try await HTTPCalls.get(stack.readAPI + path, headers: [Self.toRouter])
                let lane = try await awaitHit(stack.readAPI + path)
                let router = try await HTTPCalls.get(stack.readAPI + path, headers: [Self.toRouter])
                #expect(lane.status == 200)
                #expect(described(lane) == described(router), "\(path)")
                #expect(described(lane) == described(cold), "\(path)")
                let tag = try #require(lane.header("ETag"))
                let known = try await HTTPCalls.get(stack.readAPI + path, headers: [("If-None-Match", tag)])
                #expect(known.status == 304)
            }
        }

        @Test("rows and lists that are not there, and queries that are wrong")
        func refusedReads() async throws {
            let stack = try await IntegrationStack.shared()
            let missing = "/users/\(UUID().uuidString.lowercased())"
            // The second time that it is absent is cached.
            for (path, status) in [
                (missing, 404), (missing, 404), ("/nothing", 404), ("/users/x", 400), ("/users?limit=0", 400),
                ("/users?unknown=1", 400), ("/users/a/b", 404),
            ] {
                // The lane has answers from the cache alone.
                let (lane, router) = try await both("GET", stack.readAPI + path, takesLane: false)
                #expect(lane.status == status, "\(path)")
                #expect(described(lane) == described(router), "\(path)")
            }
        }

        @Test("a row that a client was told to be there is there, and gone after its deletion")
        func fresh() async throws {
            let stack = try await IntegrationStack.shared()
            let user = try await ended(stack)
            let url = stack.readAPI + "/users/\(user.entityID)"
            try await awaitHit(url)
            let deleted = try Operation(
                try await HTTPCalls.send("DELETE", stack.gateway + "/users/\(user.entityID)", headers: [key()]))
            #expect(try await deleted.end(on: stack)["status"]?.string == "completed")
            for _ in 0..<3 { #expect(try await HTTPCalls.get(url).status == 404) }
        }

        @Test("a status, for its own request, without a fingerprint and for another request")
        func statuses() async throws {
            let stack = try await IntegrationStack.shared()
            let operation = try await ended(stack)
            let own = try await both("GET", stack.readAPI + operation.location)
            #expect(own.lane.status == 200)
            #expect(try own.lane.json()["status"]?.string == "completed")
            #expect(described(own.lane) == described(own.router))
            #expect(!own.lane.text.contains("fingerprint"))

            let plain = try await both("GET", stack.readAPI + "/status/\(operation.id)")
            #expect(plain.lane.body == own.lane.body)
            #expect(described(plain.lane) == described(plain.router))

            let foreign = try await both(
                "GET", stack.readAPI + "/status/\(operation.id)?fp=0000000000000000", takesLane: false)
            #expect(try foreign.lane.json()["status"]?.string == "failed")
            #expect(try foreign.lane.json()["problem"]?["code"]?.string == "idempotency_key_reuse")
            #expect(described(foreign.lane) == described(foreign.router))
        }

        @Test("a write that waits for its end, and one whose end is a failure")
        func waitingWrites() async throws {
            let stack = try await IntegrationStack.shared()
            let email = "\(UUID().uuidString)@example.com"
            // The first listens, and one goes each way.
            for (more, status) in [([], 201), ([], 409), ([Self.toRouter], 409)] {
                let answer = try await HTTPCalls.send(
                    "POST", stack.gateway + "/users", headers: [key(), Self.json, ("Prefer", "wait=20")] + more,
                    body: Array(Bodies.user("Wait", email: email).utf8))
                #expect(answer.status == status)
                #expect(answer.header("Preference-Applied") == "wait=20")
                #expect(answer.header("Location")?.hasPrefix(status == 201 ? "/users/" : "/status/") == true)
                #expect(
                    answer.header("Content-Type") == (status == 201 ? "application/json" : "application/problem+json"))
            }
        }

        @Test("a status that waits: of what has ended, of what ends meanwhile, and of what never was")
        func waitingStatuses() async throws {
            let stack = try await IntegrationStack.shared()
            let before = try await ended(stack)
            // The first that waits on a table has the host listen to it, and does not take the lane.
            let both = try await both("GET", stack.readAPI + before.location + "&wait=10s", takesLane: nil)
            #expect(described(both.lane) == described(both.router))
            for more in [[], [Self.toRouter], []] {
                let operation = try Operation(
                    try await HTTPCalls.write(stack.gateway + "/users", key: Operation.newKey, Bodies.user()))
                let answer = try await HTTPCalls.send(
                    "GET", stack.readAPI + operation.location + "&wait=20s", headers: more)
                #expect(answer.status == 200)
                #expect(try answer.json()["status"]?.string == "completed")
                #expect(answer.header("Cache-Control") == "no-store")
            }
            let unknown = try await self.both(
                "GET",
                stack.readAPI + "/status/\(UUID().uuidString.lowercased())?seq=1&table=users&partition=0&wait=1s",
                takesLane: false)
            #expect(unknown.lane.status == unknown.router.status)
            #expect(unknown.lane.header("Content-Type") == unknown.router.header("Content-Type"))
        }

        @Test("statuses that are none")
        func unknownStatuses() async throws {
            let stack = try await IntegrationStack.shared()
            for path in ["/status/x", "/status/\(UUID().uuidString)", "/status", "/status/\(UUID().uuidString)/x"] {
                let (lane, router) = try await both("GET", stack.readAPI + path, takesLane: false)
                #expect(described(lane) == described(router), "\(path)")
            }
        }
    }
}
