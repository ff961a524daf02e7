// Server-sent events of tables and statuses.
import AsyncHTTPClient
import Foundation
import JSON
import NIOCore
import NIOHTTP1
import Stack
import Testing

extension Integration {
    @Suite("Event streams")
    struct EventStreams {
        /// Takes a stream's text until it contains `wanted`, or it ends.
        private func text(
            of url: String, headers: [(String, String)] = [], until wanted: [String],
            meanwhile: @Sendable @escaping () async throws -> Void
        ) async throws -> String {
            var request = HTTPClientRequest(url: url)
            request.headers.add(name: "Accept", value: "text/event-stream")
            for (name, value) in headers { request.headers.add(name: name, value: value) }
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
            #expect(response.status == .ok)
            #expect(response.headers.first(name: "Content-Type") == "text/event-stream")
            async let acting: Void = meanwhile()
            var text = ""
            let deadline = ContinuousClock.now + .seconds(60)
            for try await buffer in response.body {
                text += String(buffer: buffer)
                if wanted.allSatisfy(text.contains) { break }
                // Comments keep a stream going in which nothing happens.
                try #require(ContinuousClock.now < deadline, "\(wanted) did not come: \(text)")
            }
            try await acting
            return text
        }

        @Test("a table's stream tells of a processor's write, and of plain SQL")
        func table() async throws {
            let stack = try await IntegrationStack.shared()
            try await FixturePlugin.serve("told", on: stack)
            let first = try await text(
                of: stack.readAPI + "/events/told", until: ["event: change", #""table":"told""#]
            ) {
                try await Task.sleep(for: .milliseconds(300))
                _ = try await HTTPCalls.write(stack.gateway + "/told", key: Operation.newKey, #"{"name":"x"}"#)
            }
            // Who loses the connection before the first event has something to come again with.
            #expect(first.hasPrefix("retry: 1000\n\nid: "))
            try await Task.sleep(for: .seconds(1))
            let second = try await text(of: stack.readAPI + "/events/told", until: ["event: change"]) {
                try await Task.sleep(for: .milliseconds(300))
                try await stack.rows("UPDATE told SET name = 'y'")
            }
            #expect(second.contains("event: change"))
            // Who comes again may have missed something: told at once.
            let again = try await text(
                of: stack.readAPI + "/events/told", headers: [("Last-Event-ID", "1")], until: ["event: change"]
            ) {}
            #expect(again.contains("event: change"))
            let unknown = try await HTTPCalls.get(stack.readAPI + "/events/nothing")
            #expect(unknown.status == 404)
        }

        @Test("who reads when it is told of plain SQL's change finds that change, although the list was cached")
        func freshWhenTold() async throws {
            let stack = try await IntegrationStack.shared()
            try await FixturePlugin.serve("freshly", on: stack)
            let made = try Operation(
                try await HTTPCalls.write(stack.gateway + "/freshly", key: Operation.newKey, #"{"name":"0"}"#))
            _ = try await made.end(on: stack)
            // Nothing is told any more of what made the row.
            try await Task.sleep(for: .seconds(1))
            for number in 1...10 {
                try await awaitHit(stack.readAPI + "/freshly")
                _ = try await text(of: stack.readAPI + "/events/freshly", until: ["event: change"]) {
                    try await Task.sleep(for: .milliseconds(100))
                    try await stack.rows("UPDATE freshly SET name = 'n\(number)'")
                }
                #expect(try await HTTPCalls.get(stack.readAPI + "/freshly").text.contains("\"n\(number)\""))
            }
        }

        @Test("nginx passes on events as they come, and lets a status wait")
        func throughNginx() async throws {
            let stack = try await IntegrationStack.shared()
            let url = stack.web + "/api/read"
            let start = ContinuousClock.now
            // Who comes again is told at once; what nginx keeps would come when the stream ends.
            _ = try await text(
                of: url + "/events/users", headers: [("Last-Event-ID", "1")], until: ["event: change"]
            ) {}
            #expect(ContinuousClock.now - start < .seconds(15))
            let write = try Operation(
                try await HTTPCalls.write(stack.web + "/api/write/users", key: Operation.newKey, Bodies.user()))
            let status = try await HTTPCalls.get(stack.web + write.location + "&wait=30").json()
            #expect(status["status"]?.string == "completed")
            let unknown = ContinuousClock.now
            let queued = try await HTTPCalls.get("\(url)/status/\(Operation.newKey)?table=users&wait=1").json()
            #expect(queued["status"]?.string == "queued")
            #expect(ContinuousClock.now - unknown >= .seconds(1))
        }

        @Test("a status streams until the operation has ended")
        func status() async throws {
            let stack = try await IntegrationStack.shared()
            let operation = try Operation(
                try await HTTPCalls.write(
                    stack.gateway + "/users", key: Operation.newKey,
                    #"{"name":"Ada","email":"\#(UUID().uuidString)@example.org"}"#))
            let text = try await text(of: stack.readAPI + operation.location, until: ["never"]) {}
            #expect(text.contains("event: status") && text.contains(#""status":"completed""#))
        }
    }
}
