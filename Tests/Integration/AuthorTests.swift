// The way of an author: the tutorial and the guides, as they stand.
import Foundation
import JSON
import Stack
import Testing

extension Integration {
    @Suite("Authors", .serialized)
    struct Authors {
        private static let repository = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

        private func run(_ program: String, _ arguments: [String], in folder: String) async throws {
            let log = folder + "/../author-\(UUID().uuidString).log"
            let process = try await ChildProcess.start(
                ChildCommand("/usr/bin/env", ["-C", folder, program] + arguments, logFile: log))
            guard await process.exit() == .status(0) else {
                throw StackError("\(program) failed: \(try String(contentsOfFile: log, encoding: .utf8).suffix(3_000))")
            }
        }

        /// What is built in it is large, and the stack that it lies in stays until the next run.
        private func removeWhenOver(_ folder: String) {
            Teardown.current?.add { isFailed in
                if !isFailed { try? FileManager.default.removeItem(atPath: folder) }
            }
        }

        /// The code blocks of a guide in one language.
        private func snippets(_ language: String, of guide: String) throws -> [String] {
            let text = try String(
                contentsOf: Self.repository.appending(path: "Sources/PluginAPI/PluginAPI.docc/\(guide).md"),
                encoding: .utf8)
            return text.components(separatedBy: "```\(language)\n").dropFirst().compactMap {
                $0.components(separatedBy: "```").first
            }
        }

        @Test("plugin new, build, install, write, read: the table of a package outside this one is served")
        func newPackage() async throws {
            let stack = try await IntegrationStack.shared()
            let folder = "\(stack.state)/Receipts"
            removeWhenOver(folder)
            let made = try await stack.jspg(
                [
                    "plugin", "new", "Receipts", "--folder", folder, "--jspg", Self.repository.path(),
                ], isOnStack: false)
            #expect(made.status == 0, "\(made.text)")
            try await run("swift", ["build", "-c", "release"], in: folder)
            let installed = try await stack.jspg(["plugin", "install", "\(folder)/.build/release/libReceipts.so"])
            #expect(installed.status == 0, "\(installed.text)")
            let answer = try await HTTPCalls.write(
                stack.gateway + "/receipts", key: Operation.newKey, #"{"name":"March"}"#)
            #expect(try await Operation(answer).end(on: stack)["status"]?.string == "completed")
            let list = try await HTTPCalls.get(stack.readAPI + "/receipts").json()
            #expect(list["receipts"]?.elements.contains { $0["name"]?.string == "March" } == true)
            let refused = try await HTTPCalls.write(
                stack.gateway + "/receipts", key: Operation.newKey, #"{"name":"March "}"#)
            #expect(refused.status == 400 && refused.text.contains("surrounding_space"))
            let again = try await stack.jspg(
                [
                    "plugin", "new", "Receipts", "--folder", folder, "--jspg", Self.repository.path(),
                ], isOnStack: false)
            #expect(again.status == 1 && again.text.contains("exists already"))
        }

        @Test("every Swift snippet of the guides compiles")
        func swiftSnippets() async throws {
            let stack = try await IntegrationStack.shared()
            let folder = "\(stack.state)/Guide"
            removeWhenOver(folder)
            try FileManager.default.createDirectory(
                atPath: folder + "/Sources/Invoices", withIntermediateDirectories: true)
            let blocks = try snippets("swift", of: "SwiftAuthors")
            #expect(blocks.count == 4)
            for (number, block) in blocks.enumerated() {
                let isManifest = block.contains("let package = Package(")
                let text = block.replacingOccurrences(
                    of: #".package(path: "../jspg")"#,
                    with: #".package(name: "jspg", path: "\#(Self.repository.path())")"#)
                try text.write(
                    toFile: folder + (isManifest ? "/Package.swift" : "/Sources/Invoices/Block\(number).swift"),
                    atomically: true, encoding: .utf8)
            }
            // The tutorial's are members of a definition.
            let members = try snippets("swift", of: "Tutorial")
            #expect(members.count == 2)
            let definition = """
                import PluginAPI
                let definition = TableDefinition("invoices") {
                    Key("id", .uuid)
                    Operations(.create)
                    \(members.joined(separator: "\n"))
                }
                """
            try definition.write(
                toFile: folder + "/Sources/Invoices/Tutorial.swift", atomically: true, encoding: .utf8)
            try await run("swift", ["build", "-c", "release", "-Xswiftc", "-warnings-as-errors"], in: folder)
        }

        @Test("every C snippet of the guides compiles, and the example is 40 lines at most")
        func cSnippets() async throws {
            let stack = try await IntegrationStack.shared()
            let blocks = try snippets("c", of: "CAuthors")
            #expect(!blocks.isEmpty)
            let source =
                "#include <stdbool.h>\nstatic const char descriptor[] = \"{}\";\n" + blocks.joined(separator: "\n")
            let file = "\(stack.state)/guide.c"
            try source.write(toFile: file, atomically: true, encoding: .utf8)
            let include = Self.repository.appending(path: "Sources/PluginAPI/include").path()
            try await run(
                "cc", ["-std=c11", "-Wall", "-Werror", "-fsyntax-only", "-I", include, file], in: stack.state)
            let example = try String(
                contentsOf: Self.repository.appending(path: "Examples/CTable/products.c"), encoding: .utf8)
            #expect(example.split(separator: "\n", omittingEmptySubsequences: false).count <= 41)
        }
    }
}
