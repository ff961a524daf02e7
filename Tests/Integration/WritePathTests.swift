// From HTTP to PostgreSQL and back, for both tables.
import Foundation
import JSON
import Testing

/// All integration tests share one stack, so they run one after another.
@Suite("Integration", .serialized, .timeLimit(.minutes(5)), .teardown)
struct Integration {}

extension Integration {
    @Suite("The write path")
    struct WritePath {
        @Test("a user is created, followed to completed, and read back")
        func user() async throws {
            let stack = try await IntegrationStack.shared()
            let email = "\(UUID().uuidString)@example.com"
            let answer = try await HTTPCalls.write(
                stack.web + "/api/write/users", key: Operation.newKey, Bodies.user("Grace", email: email))
            let operation = try Operation(answer)
            #expect(try answer.json()["status"]?.string == "queued")
            #expect(operation.location.hasPrefix("/api/read/status/"))
            #expect(try await operation.end(at: stack.web)["status"]?.string == "completed")
            let row = try await HTTPCalls.get(stack.web + "/api/read/users/\(operation.entityID)")
            #expect(row.status == 200)
            #expect(try row.json()["email"]?.string == email)
            #expect(try row.json()["created_at"]?.string?.hasSuffix("Z") == true)
            let list = try await HTTPCalls.get(stack.readAPI + "/users?email=\(email)").json()
            #expect(list["users"]?.count == 1)
            #expect(list["limit"]?.int64 == 100)
        }

        @Test("the address that is printed says where to go, and what is nowhere is a problem document")
        func entrance() async throws {
            let stack = try await IntegrationStack.shared()
            let entrance = try await HTTPCalls.get(stack.web + "/")
            #expect(entrance.status == 200 && entrance.text.contains("POST /api/write/{table}"))
            let nowhere = try await HTTPCalls.get(stack.web + "/users")
            #expect(nowhere.status == 404)
            #expect(try nowhere.json()["type"]?.string == "urn:problem-type:jspg:not-found")
        }

        @Test(
            "health and metrics are the hosts' own business, however the path is written",
            arguments: ["write/metrics", "read/metrics/", "write/health", "read/health/ready", "read/%6Detrics"])
        func internals(path: String) async throws {
            let stack = try await IntegrationStack.shared()
            let answer = try await HTTPCalls.get(stack.web + "/api/" + path)
            #expect(answer.status == 404)
            #expect(try answer.json()["detail"]?.string?.hasPrefix("There is nothing at this path: writes") == true)
        }

        @Test("an order's money is decimal from the request's text to the answer")
        func order() async throws {
            let stack = try await IntegrationStack.shared()
            let user = try Operation(
                try await HTTPCalls.write(stack.gateway + "/users", key: Operation.newKey, Bodies.user()))
            // Not waited for: a child right after its parent never fails for being early.
            let order = try Operation(
                try await HTTPCalls.write(
                    stack.gateway + "/orders", key: Operation.newKey, Bodies.order(user: user.entityID)))
            #expect(try await order.end(on: stack)["status"]?.string == "completed")
            let list = try await HTTPCalls.get(stack.readAPI + "/orders?userId=\(user.entityID)").json()
            #expect(list["orders"]?[0]?["total"]?.string == "0.30")
            #expect(list["orders"]?[0]?["items"]?[0]?["quantity"]?.int64 == 3)
        }

        @Test("update, upsert and delete do what they say")
        func kinds() async throws {
            let stack = try await IntegrationStack.shared()
            let created = try Operation(
                try await HTTPCalls.write(stack.gateway + "/users", key: Operation.newKey, Bodies.user("Old")))
            let path = "/users/\(created.entityID)"
            let updated = try Operation(
                try await HTTPCalls.write(
                    stack.gateway + path, method: "PATCH", key: Operation.newKey, #"{"name":"New"}"#))
            #expect(try await updated.end(on: stack)["status"]?.string == "completed")
            let read = try await HTTPCalls.get(stack.readAPI + path)
            #expect(try read.json()["name"]?.string == "New", "\(read.status) \(read.text)")
            let put = try Operation(
                try await HTTPCalls.write(
                    stack.gateway + path, method: "PUT", key: Operation.newKey, Bodies.user("Newest")))
            #expect(try await put.end(on: stack)["status"]?.string == "completed")
            #expect(try await HTTPCalls.get(stack.readAPI + path).json()["name"]?.string == "Newest")
            let deleted = try Operation(
                try await HTTPCalls.send(
                    "DELETE", stack.gateway + path, headers: [("Idempotency-Key", Operation.newKey)]))
            #expect(try await deleted.end(on: stack)["status"]?.string == "completed")
            #expect(try await HTTPCalls.get(stack.readAPI + path).status == 404)
            let again = try Operation(
                try await HTTPCalls.write(
                    stack.gateway + path, method: "PATCH", key: Operation.newKey, #"{"name":"x"}"#))
            let status = try await again.end(on: stack)
            #expect(status["status"]?.string == "failed")
            #expect(status["problem"]?["code"]?.string == "not_found")
        }

        @Test("the same key with the same request has the same answer, with another request 422")
        func duplicateKey() async throws {
            let stack = try await IntegrationStack.shared()
            let key = "key-\(UUID().uuidString)"
            let body = Bodies.user()
            let first = try await HTTPCalls.write(stack.gateway + "/users", key: key, body)
            let second = try await HTTPCalls.write(stack.gateway + "/users", key: key, body)
            #expect(second.status == 202)
            #expect(second.body == first.body)
            #expect(second.header("Idempotency-Replayed") == "true")
            #expect(first.header("Idempotency-Replayed") == nil)
            let other = try await HTTPCalls.write(stack.gateway + "/users", key: key, Bodies.user("Other"))
            #expect(other.status == 422)
            #expect(other.header("Content-Type") == "application/problem+json")
        }

        @Test("one key from 50 clients at once is one row and 50 same answers")
        func concurrentKey() async throws {
            let stack = try await IntegrationStack.shared()
            let key = Operation.newKey
            let email = "\(UUID().uuidString)@example.com"
            let body = Bodies.user("Same", email: email)
            let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                for _ in 0..<50 {
                    group.addTask { try await HTTPCalls.write(stack.gateway + "/users", key: key, body) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0.status == 202 })
            #expect(Set(answers.map(\.text)).count == 1)
            _ = try await Operation(answers[0]).end(on: stack)
            let list = try await HTTPCalls.get(stack.readAPI + "/users?email=\(email)").json()
            #expect(list["users"]?.count == 1)
        }

        @Test("rows that PostgreSQL refuses end failed, with a sentence a client can use")
        func refused() async throws {
            let stack = try await IntegrationStack.shared()
            let orphan = try Operation(
                try await HTTPCalls.write(
                    stack.gateway + "/orders", key: Operation.newKey,
                    Bodies.order(user: "00000000-0000-4000-8000-000000000000")))
            let missing = try await orphan.end(on: stack)
            #expect(missing["status"]?.string == "failed")
            #expect(missing["problem"]?["code"]?.string == "foreign_key_violation")
            #expect(missing["error"]?.string?.contains("userId") == true)

            let email = "\(UUID().uuidString)@example.com"
            let first = try Operation(
                try await HTTPCalls.write(
                    stack.gateway + "/users", key: Operation.newKey, Bodies.user(email: email)))
            #expect(try await first.end(on: stack)["status"]?.string == "completed")
            let second = try Operation(
                try await HTTPCalls.write(
                    stack.gateway + "/users", key: Operation.newKey, Bodies.user(email: email)))
            let taken = try await second.end(on: stack)
            #expect(taken["problem"]?["code"]?.string == "unique_violation")
            #expect(taken["problem"]?["constraint"]?.string == "users_email_key")
            #expect(taken["error"]?.string?.contains(email) == false)
        }

        @Test("a client that saw completed reads its write, every time")
        func readAfterCompleted() async throws {
            let stack = try await IntegrationStack.shared()
            for number in 0..<30 {
                // Fill the cache with the list as it is before.
                _ = try await HTTPCalls.get(stack.readAPI + "/users?limit=1")
                let operation = try Operation(
                    try await HTTPCalls.write(
                        stack.gateway + "/users", key: Operation.newKey, Bodies.user("Number \(number)")))
                #expect(try await operation.end(on: stack)["status"]?.string == "completed")
                let list = try await HTTPCalls.get(stack.readAPI + "/users?limit=1").json()
                #expect(list["users"]?[0]?["user_id"]?.string == operation.entityID)
            }
        }

        @Test("Prefer: wait answers with the end")
        func preferWait() async throws {
            let stack = try await IntegrationStack.shared()
            let answer = try await HTTPCalls.write(
                stack.gateway + "/users", key: Operation.newKey, Bodies.user(), headers: [("Prefer", "wait=10")])
            #expect(answer.status == 201)
            #expect(answer.header("Preference-Applied") == "wait=10")
            #expect(try answer.json()["status"]?.string == "completed")
        }

        @Test("Prefer: wait on a repeated request answers with the end that came before")
        func preferWaitRepeated() async throws {
            let stack = try await IntegrationStack.shared()
            let (key, body) = (Operation.newKey, Bodies.user())
            let wait = [("Prefer", "wait=20")]
            let first = try await HTTPCalls.write(stack.gateway + "/users", key: key, body, headers: wait)
            #expect(first.status == 201)
            let clock = ContinuousClock()
            let start = clock.now
            let again = try await HTTPCalls.write(stack.gateway + "/users", key: key, body, headers: wait)
            #expect(clock.now - start < .seconds(15))
            #expect(again.status == 201)
            #expect(again.header("Idempotency-Replayed") == "true")
            #expect(again.header("Location") == first.header("Location"))
            #expect(again.text == first.text)
        }
    }
}
