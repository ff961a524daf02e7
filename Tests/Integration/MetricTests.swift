// What hosts count, and what the documentation says of it.
import Foundation
import JSON
import Stack
import Testing

extension Integration {
    @Suite("Metrics")
    struct HostMetrics {
        /// A slot with its publication, and a bucket.
        private static let otherNames: Set<String> = ["jspg_cdc", "jspg_hosts"]

        @Test("every metric that the documentation names is in some host's /metrics")
        func documented() async throws {
            let stack = try await IntegrationStack.shared()
            let docs = URL(filePath: #filePath).appending(path: "../../../docs").standardized
            var wanted: Set<String> = []
            for file in try FileManager.default.contentsOfDirectory(atPath: docs.path(percentEncoded: false))
            where file.hasSuffix(".md") {
                let text = try String(contentsOf: docs.appending(path: file), encoding: .utf8)
                let words = text.split { $0 != "_" && !("a"..."z").contains($0) }
                wanted.formUnion(words.filter { $0.hasPrefix("jspg_") }.map(String.init))
            }
            wanted.subtract(Self.otherNames)
            #expect(wanted.count > 5)
            let write = try Operation(
                try await HTTPCalls.write(stack.gateway + "/users", key: Operation.newKey, Bodies.user()))
            _ = try await write.end(on: stack)
            // A host may be starting again, which another test has killed.
            try await awaiting("some of \(wanted.sorted()) are nowhere") {
                var names: Set<String> = []
                for host in ["gateway", "readApi", "cdc", "processor"] {
                    guard let metrics = try? await Metrics(of: stack.endpoints.urls[host] ?? "") else { return false }
                    names.formUnion(metrics.names)
                }
                return wanted.isSubset(of: names)
            }
        }

        @Test("with COMMIT_BATCH=1 writes are stored one by one, and complete")
        func withoutGroupCommit() async throws {
            let stack = try await IntegrationStack.shared()
            let gateway = try await stack.start("jspg-gateway", environment: ["COMMIT_BATCH": "1"]).url
            let operations = try await withThrowingTaskGroup(of: Operation.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        try Operation(
                            try await HTTPCalls.write(gateway + "/users", key: Operation.newKey, Bodies.user()))
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for operation in operations {
                #expect(try await operation.end(on: stack)["status"]?.string == "completed")
            }
            let metrics = try await Metrics(of: gateway)
            #expect(metrics.value(#"jspg_gateway_commits_total{kind="single"}"#) ?? 0 >= 50)
            #expect(metrics.value(#"jspg_gateway_commits_total{kind="batch"}"#) ?? 0 == 0)
        }
    }
}
