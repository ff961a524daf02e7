// `jspg plugin check`
import Foundation
import JSON
import Stack
import Testing

extension Integration {
    @Suite("Plugin check")
    struct PluginChecks {
        @Test("a file that a host would refuse is exit status 1 and its reason, a good one 0, as text and as JSON")
        func check() async throws {
            let stack = try await IntegrationStack.shared()
            let folder = "\(stack.state)/checked"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for (macros, reason) in [([], nil), (["MISSING_FUNCTION"], "no_such_function")] as [([String], String?)] {
                let file = "\(folder)/\(reason == nil ? "good" : "bad").so"
                try await FixturePlugin.compile(to: file, macros + [#"TABLE="checked""#], in: stack)
                let text = try await stack.jspg(["plugin", "check", file], isOnStack: false)
                #expect(text.status == (reason == nil ? 0 : 1), "\(text.text)")
                #expect(text.text.contains(reason == nil ? "good: a host would load it" : "refused: "), "\(text.text)")
                let json = try await stack.jspg(["plugin", "check", file, "--json"], isOnStack: false)
                #expect(json.status == text.status, "\(json.text)")
                let document = try JSONDocument(parsing: json.text).root
                #expect(document["good"]?.bool == (reason == nil))
                if let reason {
                    #expect(text.text.contains(reason))
                    #expect(document["reason"]?.string?.contains(reason) == true)
                }
            }
        }
    }
}
