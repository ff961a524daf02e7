// Lists that are larger than what a host should hold.
import AsyncHTTPClient
import Foundation
import JSON
import NIOCore
import NIOHTTP1
import Stack
import Testing

extension Integration {
    @Suite("Large lists", .serialized)
    struct LargeLists {
        @Test("100 MB of rows stream through with bounded memory; what fits is cached as ever")
        func streams() async throws {
            let stack = try await IntegrationStack.start()
            try await FixturePlugin.serve("bulky", on: stack)
            // Nobody has to be told of these.
            try await stack.rows("ALTER PUBLICATION jspg_cdc DROP TABLE bulky")
            let rows = 50
            let length = 2 << 20
            try await stack.rows(
                "INSERT INTO bulky SELECT gen_random_uuid(), repeat('x', \(length)) FROM generate_series(1, \(rows))")
            let small = try await HTTPCalls.get(stack.readAPI + "/bulky?limit=1")
            #expect(small.status == 200 && small.header("ETag") != nil)
            let before = try await stack.residentKilobytes(of: "read-api") / 1_024
            var peak = before
            // The first finds out that it is large; the others know.
            for _ in 0..<3 {
                let response = try await HTTPClient.shared.execute(
                    HTTPClientRequest(url: stack.readAPI + "/bulky?limit=\(rows)"), timeout: .seconds(60))
                #expect(response.status == .ok && response.headers.first(name: "X-Cache") == "bypass")
                var size = 0
                var tail = ""
                var portions = 0
                for try await buffer in response.body {
                    size += buffer.readableBytes
                    portions += 1
                    tail = String((tail + String(buffer: buffer).suffix(200)).suffix(200))
                    if portions % 50 == 0 {
                        peak = max(peak, try await stack.residentKilobytes(of: "read-api") / 1_024)
                    }
                }
                #expect(size > rows * length)
                #expect(tail.hasSuffix(#""limit":\#(rows),"offset":0,"next":null}"#), "\(tail)")
            }
            print("large lists: \(before) MB resident before, \(peak) MB at most")
            #expect(peak - before < 60)
            // One that leaves early takes nothing with it.
            let response = try await HTTPClient.shared.execute(
                HTTPClientRequest(url: stack.readAPI + "/bulky?limit=\(rows)"), timeout: .seconds(60))
            for try await _ in response.body { break }
            let again = try await HTTPCalls.get(stack.readAPI + "/bulky?limit=1")
            #expect(again.status == 200 && again.text == small.text)
        }
    }
}
