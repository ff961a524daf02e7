// Names that `jspg plugin new` refuses, since nothing would come of them.
import Testing

@testable import CLI

@Suite("Names of new plugins")
struct PluginTemplateNameTests {
    private func refusal(of name: String) -> String? {
        do {
            _ = try PluginTemplate(name: name, dependency: .path("/x"))
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test(
        "tables that hosts would refuse",
        arguments: ["Status", "Events", "Tables", "Metrics", "Health", "Jspg", "WriteOperations", "WritePartitions"])
    func tables(name: String) {
        #expect(refusal(of: name)?.contains("the hosts use \(PluginTemplate.snakeCase(name))") == true)
    }

    @Test(
        "types that the package calls by name", arguments: ["Column", "Operations", "String", "Input", "Test", "Self"])
    func types(name: String) {
        #expect(refusal(of: name)?.contains("choose another (My\(name))") == true)
    }

    @Test("modules that it can see", arguments: ["PluginAPI", "Testing", "Foundation"])
    func modules(name: String) {
        #expect(refusal(of: name)?.contains("module already") == true)
    }

    @Test("others that are much like these", arguments: ["Statuses", "MyStatus", "Columns", "Event"])
    func good(name: String) {
        #expect(refusal(of: name) == nil)
    }
}
