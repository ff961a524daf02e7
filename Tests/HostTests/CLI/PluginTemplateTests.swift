// The package that `jspg plugin new` writes.
import Testing

@testable import CLI

@Suite("Plugin template")
struct PluginTemplateTests {
    @Test(
        "table names",
        arguments: [("Invoices", "invoices"), ("OrderLines", "order_lines"), ("HTTPLogs", "httplogs"), ("A1b", "a1b")])
    func names(name: String, table: String) throws {
        #expect(try PluginTemplate(name: name, dependency: .path("/x")).table == table)
    }

    @Test("names that are no type's", arguments: ["", "invoices", "Order-Lines", "../X", "Ünder", "PluginAPI", "A b"])
    func badNames(name: String) {
        #expect(throws: CommandFailure.self) { try PluginTemplate(name: name, dependency: .path("/x")) }
    }

    @Test("a repository's package is named as SwiftPM names it")
    func identity() throws {
        let template = try PluginTemplate(
            name: "Invoices", dependency: .url("https://example.org/acme/jspg.git", from: "1.2.0"))
        let package = template.files[0].text
        #expect(package.contains(#".package(url: "https://example.org/acme/jspg.git", from: "1.2.0")"#))
        #expect(package.contains(#"package: "jspg""#))
    }

    @Test("the README's commands name the stack that runs, or say what to name")
    func commands() throws {
        func readme(_ stack: String?) throws -> String {
            let template = try PluginTemplate(
                name: "Invoices", dependency: .path("/x"), tool: "/my tools/jspg", stack: stack)
            return template.files.first { $0.path == "README.md" }?.text ?? ""
        }
        let install = "'/my tools/jspg' plugin install .build/release/libInvoices.so --state"
        #expect(try readme("/x/.jspg").contains("\(install) /x/.jspg\n"))
        #expect(try !readme("/x/.jspg").contains("FOLDER"))
        let unknown = try readme(nil)
        #expect(unknown.contains("\(install) FOLDER\n"))
        #expect(unknown.contains("--plugin-dir and --plugin-state"))
    }

    @Test("a table whose name is a word of SQL can be made")
    func reservedWord() throws {
        let files = try PluginTemplate(name: "Order", dependency: .path("/x")).files
        let sql = files.map(\.text).joined()
        #expect(sql.contains(#"CREATE TABLE "order" ("#) && sql.contains(#"CREATE INDEX ON "order" ("#))
    }
}
