// Whose writes RATE_LIMIT counts behind a proxy.
import Stack
import Testing

extension Integration {
    @Suite("Forwarded addresses")
    struct ForwardedAddresses {
        private func status(
            of gateway: String, forwardedFor address: String
        ) async throws -> Int {
            try await HTTPCalls.write(
                gateway + "/users", key: Operation.newKey, Bodies.user(), headers: [("X-Forwarded-For", address)]
            ).status
        }

        @Test("what a trusted proxy has added names the client; what the client itself has sent does not")
        func trusted() async throws {
            let stack = try await IntegrationStack.shared()
            let gateway = try await stack.start(
                "jspg-gateway", environment: ["RATE_LIMIT": "1/m burst 2", "TRUSTED_PROXIES": "127.0.0.1"]
            ).url
            for _ in 0..<2 { #expect(try await status(of: gateway, forwardedFor: "203.0.113.1") == 202) }
            #expect(try await status(of: gateway, forwardedFor: "203.0.113.1") == 429)
            #expect(try await status(of: gateway, forwardedFor: "198.51.100.7, 203.0.113.1") == 429)
            #expect(try await status(of: gateway, forwardedFor: "203.0.113.2") == 202)
        }

        @Test("without TRUSTED_PROXIES the header is ignored: all are one client")
        func untrusted() async throws {
            let stack = try await IntegrationStack.shared()
            let gateway = try await stack.start("jspg-gateway", environment: ["RATE_LIMIT": "1/m burst 2"]).url
            for number in 1...2 { #expect(try await status(of: gateway, forwardedFor: "203.0.113.\(number)") == 202) }
            #expect(try await status(of: gateway, forwardedFor: "203.0.113.3") == 429)
        }
    }
}
