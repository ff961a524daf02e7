// The package that `jspg plugin new` writes: pure.
import Tables

/// The files of a new plugin's package.
struct PluginTemplate {
    enum Dependency {
        case path(String)
        case url(String, from: String)
    }

    private let name: String
    private let dependency: Dependency
    private let tool: String
    private let stack: String?
    let table: String

    /// What the files below call by name, which a type of that name would take the place of, and words of the language.
    private static let usedNames: Set<String> = [
        "Any", "Column", "Conformance", "DatabaseColumn", "Decodable", "Filter", "Input", "Key", "Migration",
        "Operations", "Protocol", "Registrar", "Registration", "Self", "Sort", "String", "Suite", "TableDefinition",
        "TableHandler", "Test", "Type", "WriteContext", "WriteRejection",
    ]

    /// - Parameters:
    ///   - tool: how `jspg` is run.
    ///   - stack: the state folder of the developer stack that runs; absolute.
    ///   - plugins: the names of those that jspg brings.
    /// - Throws: `CommandFailure` for a name that is no Swift type's, or that jspg uses itself.
    init(
        name: String, dependency: Dependency, tool: String = "jspg", stack: String? = nil, plugins: Set<String> = []
    ) throws {
        guard let first = name.unicodeScalars.first, ("A"..."Z").contains(first),
            name.unicodeScalars.allSatisfy({
                ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
            }), name.utf8.count <= 40
        else {
            throw CommandFailure(
                "\(name) can't be the name: it becomes a Swift type, so letters and digits, a capital first (Invoices)")
        }
        guard !Self.usedNames.contains(name) else {
            throw CommandFailure(
                "\(name) can't be the name: the package uses that word for something else, so choose another "
                    + "(My\(name))")
        }
        table = Self.snakeCase(name)
        guard !TableDescriptor.reservedNames.contains(table) else {
            throw CommandFailure(
                "\(name) can't be the name: the hosts use \(table) for paths or tables of their own, so choose another "
                    + "(My\(name))")
        }
        guard !TakenModuleNames.contains(name), !plugins.contains(name) else {
            throw CommandFailure(
                "\(name) can't be the name: jspg, or something that it is built from, has a module already that is called "
                    + "so, so choose another (My\(name))")
        }
        self.name = name
        self.dependency = dependency
        self.tool = tool
        self.stack = stack
    }

    /// `OrderLines` becomes `order_lines`.
    static func snakeCase(_ name: String) -> String {
        var text = ""
        var isAfterSmall = false
        for character in name {
            if character.isUppercase && isAfterSmall { text += "_" }
            text += character.lowercased()
            isAfterSmall = !character.isUppercase
        }
        return text
    }

    /// Path and text of each file, in the order in which a person would read them.
    var files: [(path: String, text: String)] {
        [
            ("Package.swift", package), ("Sources/\(name)/\(name).swift", handler),
            ("Sources/\(name)/Entry.swift", entry), ("Tests/\(name)Tests/\(name)Tests.swift", tests),
            ("README.md", readme), (".gitignore", ".build\nPackage.resolved\n"),
        ]
    }

    private var package: String {
        let (line, identity): (String, String) =
            switch dependency {
            case .path(let path):
                (
                    ".package(name: \"jspg\", path: \"\(path)\")", "jspg"
                )
            case .url(let url, let version): (".package(url: \"\(url)\", from: \"\(version)\")", Self.identity(of: url))
            }
        return """
            // swift-tools-version: 6.2
            import PackageDescription

            let package = Package(
                name: "\(name)",
                products: [.library(name: "\(name)", type: .dynamic, targets: ["\(name)"])],
                dependencies: [\(line)],
                targets: [
                    .target(
                        name: "\(name)", dependencies: [.product(name: "PluginAPI", package: "\(identity)")],
                        // Hosts load a new version beside the old one. A name of its own for each version's types lets casts
                        // to constrained existentials work in both: change it together with the version in Entry.swift.
                        swiftSettings: [.unsafeFlags(["-module-abi-name", "\(name)_1_0_0"])]),
                    .testTarget(name: "\(name)Tests", dependencies: ["\(name)"]),
                ]
            )

            """
    }

    /// What SwiftPM calls a package by its URL.
    private static func identity(of url: String) -> String {
        let last = url.split(separator: "/").last.map(String.init) ?? url
        return last.hasSuffix(".git") ? String(last.dropLast(4)) : last
    }

    private var handler: String {
        """
        // The table `\(table)`.
        import PluginAPI

        struct \(name): TableHandler {
            static let table = TableDefinition("\(table)") {
                Key("id", .uuid)
                Column("name", .text, required: true, schema: .string(minLength: 1, maxLength: 200))
                DatabaseColumn("created_at", .timestamptz, nullable: false)

                Operations(.create, .update, .upsert, .delete)
                Filter("name")
                Sort("created_at", "name", defaultOrder: "-created_at")

                Migration(
                    1, "create \(table)",
                    \"""
                    CREATE TABLE "\(table)" (
                        id uuid PRIMARY KEY,
                        name text NOT NULL,
                        created_at timestamptz NOT NULL DEFAULT now()
                    );
                    CREATE INDEX ON "\(table)" (created_at, id);
                    \""")
            }

            /// The part of a body that the rule below needs. Optional: an update may leave it out.
            struct Input: Decodable {
                let name: String?
            }

            /// What the definition can't say: checked before a write is accepted.
            func validate(_ input: Input, _ write: WriteContext) throws(WriteRejection) {
                guard let name = input.name else { return }
                guard name.first != " " && name.last != " " else {
                    throw WriteRejection("surrounding_space", "The name must not begin or end with a space.", at: "/name")
                }
            }
        }

        """
    }

    private var entry: String {
        """
        // The entry of the plugin.
        public import PluginAPI

        @c(jspg_plugin_register)
        public func register(host: Registrar) -> Registration { host.add(\(name).self, plugin: "\(name)", "1.0.0") }

        """
    }

    private var tests: String {
        """
        // What the table accepts and refuses.
        import PluginAPI
        import Testing

        @testable import \(name)

        @Suite struct \(name)Tests {
            @Test func `it answers whatever its functions are called with`() throws {
                try Conformance.check(\(name).self)
            }

            @Test func `a name with a space at its end is refused`() throws {
                let write = WriteContext(.create, entityID: "00000000-0000-4000-8000-000000000000", log: .silent)
                try \(name)().validate(.init(name: "good"), write)
                #expect(throws: WriteRejection.self) { try \(name)().validate(.init(name: "bad "), write) }
            }
        }

        """
    }

    /// From the package's own folder to hosts that serve the table.
    var commands: [String] {
        let file = ".build/release/lib\(name).so"
        let tool = Self.quoted(tool)
        return [
            "swift test", "swift build -c release", "\(tool) plugin check \(file)",
            "\(tool) plugin install \(file) --state \(stack.map(Self.quoted) ?? "FOLDER")",
        ]
    }

    /// What a person has to put in; `nil` where the commands can be run as they are.
    var hint: String? {
        guard stack == nil else { return nil }
        return "FOLDER is that of a developer stack, .jspg in jspg's own as a rule. Hosts that `jspg up` did not start "
            + "are named by --plugin-dir and --plugin-state in its place."
    }

    /// A word for a shell.
    private static func quoted(_ text: String) -> String {
        let isPlain = text.unicodeScalars.allSatisfy {
            ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
                || "/._-".unicodeScalars.contains($0)
        }
        return isPlain ? text : "'\(text.replacing("'", with: "'\\''"))'"
    }

    private var readme: String {
        """
        # \(name)

        The table `\(table)`, a plugin for jspg.

        ```sh
        \(commands.joined(separator: "\n"))
        ```
        \(hint.map { "\n\($0)\n" } ?? "")
        """
    }
}
