// What the gateway and the read-api say to requests that they can't serve.
import Foundation
import JSON
import Testing

extension Integration {
    @Suite("Bad input")
    struct BadInput {
        private static let user = "00000000-0000-4000-8000-000000000000"

        @Test(
            "a body that is wrong is a 400 that names the place",
            arguments: [
                ("users", "", ""), ("users", "{", ""), ("users", "[]", ""), ("users", "null", ""),
                ("users", #"{"name":"Ada"}"#, "/email"), ("users", #"{"email":"a@example.com"}"#, "/name"),
                ("users", #"{"name":"","email":"a@example.com"}"#, "/name"),
                ("users", #"{"name":1,"email":"a@example.com"}"#, "/name"),
                ("users", #"{"name":null,"email":"a@example.com"}"#, "/name"),
                ("users", #"{"name":"Ada","email":"no address"}"#, "/email"),
                ("users", #"{"name":"Ada","email":"a@example.com","admin":true}"#, "/admin"),
                ("users", #"{"name":"\ud800","email":"a@example.com"}"#, ""),
                ("users", #"{"name":"a\u0000b","email":"a@example.com"}"#, "/name"),
                ("users", #"{"name":"Ada","name":"Bob","email":"a@example.com"}"#, ""),
                ("orders", #"{"userId":"x","items":[{"productId":"p","quantity":1,"price":1}],"total":1}"#, "/userId"),
                ("orders", #"{"userId":"\#(user)","items":[],"total":1}"#, "/items"),
                ("orders", #"{"userId":"\#(user)","items":{},"total":1}"#, "/items"),
                (
                    "orders", #"{"userId":"\#(user)","items":[{"productId":"p","quantity":0,"price":1}],"total":1}"#,
                    "/items/0/quantity"
                ),
                (
                    "orders",
                    #"{"userId":"\#(user)","items":[{"productId":"p","quantity":1.5,"price":1}],"total":1.5}"#,
                    "/items/0/quantity"
                ),
                (
                    "orders", #"{"userId":"\#(user)","items":[{"productId":"p","quantity":1,"price":-1}],"total":1}"#,
                    "/items/0/price"
                ),
                (
                    "orders", #"{"userId":"\#(user)","items":[{"quantity":1,"price":1}],"total":1}"#,
                    "/items/0/productId"
                ),
                (
                    "orders", #"{"userId":"\#(user)","items":[{"productId":"p","quantity":1,"price":1}],"total":"1"}"#,
                    "/total"
                ),
                (
                    "orders",
                    #"{"userId":"\#(user)","items":[{"productId":"p","quantity":1,"price":1}],"total":1e400}"#,
                    "/total"
                ),
                (
                    "orders",
                    #"{"userId":"\#(user)","items":[{"productId":"p","quantity":1,"price":1}],"total":1.001}"#,
                    "/total"
                ),
                (
                    "orders",
                    #"{"userId":"\#(user)","items":[{"productId":"p","quantity":3,"price":0.1}],"total":0.31}"#,
                    "/total"
                ),
            ])
        func body(table: String, body: String, pointer: String) async throws {
            let stack = try await IntegrationStack.shared()
            let answer = try await HTTPCalls.write(stack.gateway + "/\(table)", key: Operation.newKey, body)
            #expect(answer.status == 400)
            #expect(answer.header("Content-Type") == "application/problem+json")
            #expect(try answer.json()["error"]?.string?.isEmpty == false)
            if !pointer.isEmpty {
                let pointers = try answer.json()["errors"]?.elements.compactMap { $0["pointer"]?.string } ?? []
                #expect(pointers.contains(pointer))
            }
        }

        @Test("every fault of a body is reported, not the first alone")
        func allFaults() async throws {
            let stack = try await IntegrationStack.shared()
            let answer = try await HTTPCalls.write(
                stack.gateway + "/users", key: Operation.newKey, #"{"name":"","email":"x","other":1}"#)
            #expect(try answer.json()["errors"]?.count == 3)
        }

        @Test("bytes that are not UTF-8, and depth without end")
        func bytes() async throws {
            let stack = try await IntegrationStack.shared()
            let headers = [("Idempotency-Key", Operation.newKey), ("Content-Type", "application/json")]
            let broken = Array(#"{"name":""#.utf8) + [0xFF] + Array(#"","email":"a@example.com"}"#.utf8)
            #expect(
                try await HTTPCalls.send("POST", stack.gateway + "/users", headers: headers, body: broken).status == 400
            )
            let deep = Array(String(repeating: "[", count: 100_000).utf8)
            #expect(
                try await HTTPCalls.send("POST", stack.gateway + "/users", headers: headers, body: deep).status == 400)
        }

        @Test("too large a body is 413, too large a header 431, another media type 415")
        func limits() async throws {
            let stack = try await IntegrationStack.shared()
            let large = Bodies.user(String(repeating: "x", count: 1_100_000))
            #expect(try await HTTPCalls.write(stack.gateway + "/users", key: Operation.newKey, large).status == 413)
            let header = [("X-Large", String(repeating: "x", count: 40_000))]
            let answer = try await HTTPCalls.write(
                stack.gateway + "/users", key: Operation.newKey, Bodies.user(), headers: header)
            #expect(answer.status == 431)
            let text = try await HTTPCalls.send(
                "POST", stack.gateway + "/users",
                headers: [("Idempotency-Key", Operation.newKey), ("Content-Type", "text/plain")],
                body: Array(Bodies.user().utf8))
            #expect(text.status == 415)
        }

        @Test(
            "a key that is missing or malformed is a 400",
            arguments: [nil, "", "a b", String(repeating: "k", count: 256)])
        func key(key: String?) async throws {
            let stack = try await IntegrationStack.shared()
            let headers = [("Content-Type", "application/json")] + (key.map { [("Idempotency-Key", $0)] } ?? [])
            let answer = try await HTTPCalls.send(
                "POST", stack.gateway + "/users", headers: headers, body: Array(Bodies.user().utf8))
            #expect(answer.status == 400)
            #expect(answer.text.contains("Idempotency-Key"))
        }

        @Test("a table that no plugin serves is a 404, for writes and for reads")
        func unknownTable() async throws {
            let stack = try await IntegrationStack.shared()
            #expect(try await HTTPCalls.write(stack.gateway + "/nothing", key: Operation.newKey, "{}").status == 404)
            #expect(try await HTTPCalls.get(stack.readAPI + "/nothing").status == 404)
        }

        @Test(
            "a read that can't be served is a 400 that says what is allowed",
            arguments: [
                "limit=0", "limit=1001", "limit=x", "offset=-1", "sort=email2", "unknown=1", "after=x", "userId=1",
            ])
        func parameters(query: String) async throws {
            let stack = try await IntegrationStack.shared()
            let answer = try await HTTPCalls.get(stack.readAPI + "/users?\(query)")
            #expect(answer.status == 400)
            #expect(try answer.json()["errors"]?.count ?? 0 > 0)
        }

        @Test("ids that are none", arguments: ["x", "00000000-0000-4000-8000-00000000000g"])
        func identifiers(id: String) async throws {
            let stack = try await IntegrationStack.shared()
            #expect(try await HTTPCalls.get(stack.readAPI + "/users/\(id)").status == 400)
            #expect(try await HTTPCalls.get(stack.readAPI + "/status/\(id)").status == 400)
        }
    }
}
