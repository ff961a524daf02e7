// What clients do with connections that no library of theirs would.
import Foundation
import JSON
import Stack
import Testing

extension Integration {
    @Suite("Connections")
    struct Connections {
        @Test("HEAD has no body, whatever the answer is, so that the next answer is understood")
        func head() async throws {
            let stack = try await IntegrationStack.shared()
            for (url, path) in [
                (stack.gateway, "/users"), (stack.gateway, "/no/such/path"), (stack.readAPI, "/users/x"),
                (stack.readAPI, "/status"), (stack.readAPI, "/users"), (stack.readAPI, "/health"),
            ] {
                let result = try await RawClient.exchange(
                    url,
                    "HEAD \(path) HTTP/1.1\r\nHost: a\r\n\r\nGET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                )
                let parts = result.text.components(separatedBy: "\r\n\r\n")
                #expect(parts.count == 3, "\(path): \(result.text)")
                #expect(parts.dropFirst().first?.hasPrefix("HTTP/1.1 200") == true, "\(path): \(result.text)")
                #expect(parts.last == #"{"status":"ok"}"#)
            }
        }

        @Test("a client of HTTP/1.0 is answered, and the connection is closed")
        func oldClient() async throws {
            let stack = try await IntegrationStack.shared()
            for url in [stack.gateway, stack.readAPI] {
                let result = try await RawClient.exchange(url, "GET /health/live HTTP/1.0\r\n\r\n")
                // The client would give up first.
                #expect(result.isClosed, "\(result.text)")
                #expect(result.text.hasPrefix("HTTP/1.1 200") && result.text.hasSuffix(#"{"status":"ok"}"#))
            }
        }

        @Test("a client that reads slowly gets all of its answer; one that does not read is let go")
        func slowReaders() async throws {
            let stack = try await IntegrationStack.start()
            try await FixturePlugin.serve("bulky", on: stack)
            try await stack.rows(
                "INSERT INTO bulky SELECT gen_random_uuid(), repeat('x', 100000) FROM generate_series(1, 41)")
            let (host, url) = try await stack.start("jspg-read-api", environment: ["IDLE_TIMEOUT": "3"])
            let list = try await HTTPCalls.get(url + "/bulky?limit=50")
            #expect(list.status == 200 && list.header("ETag") != nil && list.body.count > 4_100_000)
            // From the cache, and through the router; more than the kernel keeps for a client.
            for fields in ["", "If-None-Match: \"other\"\r\n"] {
                let request = "GET /bulky?limit=50 HTTP/1.1\r\nHost: a\r\n\(fields)\r\n"
                let slow = try await RawClient.exchange(url, request, receiveBuffer: 65_536, pause: .milliseconds(60))
                #expect(slow.bytes.count > list.body.count, "\(slow.bytes.count) of \(list.body.count) bytes")
                let stuck = try await RawClient.exchange(url, request, receiveBuffer: 8_192, silence: .seconds(12))
                print("slow readers: \(slow.duration) for all, \(stuck.bytes.count) bytes for one that did not read")
                #expect(stuck.isClosed && stuck.bytes.count < list.body.count)
            }
            // What was written before a stop is sent to the end.
            async let last = RawClient.exchange(
                url, "GET /bulky?limit=50 HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"other\"\r\n\r\n",
                receiveBuffer: 65_536,
                silence: .milliseconds(1_500), pause: .milliseconds(20))
            try await Task.sleep(for: .seconds(1))
            host.send(SIGTERM)
            #expect(try await last.bytes.count > list.body.count)
            #expect(await host.exit() == .status(0))
        }

        @Test("a wait without the table waits as well")
        func waitWithoutTable() async throws {
            let stack = try await IntegrationStack.shared()
            for query in ["?wait=2", "?wait=2&table=no_such_table"] {
                let start = ContinuousClock.now
                let answer = try await HTTPCalls.get(stack.readAPI + "/status/\(Operation.newKey)\(query)")
                #expect(answer.status == 200)
                #expect(try answer.json()["status"]?.string == "queued")
                #expect(ContinuousClock.now - start >= .seconds(2))
            }
        }
    }
}
