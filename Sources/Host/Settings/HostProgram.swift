// A host's face on the command line: help, version, and its configuration or a clear error.
import Glibc
import Threads

/// The name of an executable and what it is for.
package struct HostProgram: Sendable {
    package let name: String
    package let summary: String

    package init(name: String, summary: String) {
        self.name = name
        self.summary = summary
    }

    /// The exit status for a bad argument or a bad value in the environment: EX_USAGE of sysexits(3head).
    package static let usageExitStatus: Int32 = 64

    /// Reads the configuration. Prints help, version or the one error and ends the process where that is what is due;
    /// to be called first thing in `main`.
    ///
    /// - Parameter arguments: the command line without the program's own name.
    package func configuration<Configuration: HostConfiguration>(
        _: Configuration.Type, arguments: some Sequence<String>, settings: SettingsReader = SettingsReader()
    ) -> Configuration {
        switch CommandLineRequest(arguments: arguments) {
        case .help:
            Self.put(help(Configuration.settings), to: STDOUT_FILENO)
            exit(0)
        case .version:
            Self.put("\(name) \(Release.version)\n", to: STDOUT_FILENO)
            exit(0)
        case .unknown(let argument):
            Self.put(
                "\(name): unknown argument `\(argument)`. Settings come from the environment: see \(name) --help.\n",
                to: STDERR_FILENO)
            exit(Self.usageExitStatus)
        case .run:
            do {
                return try Configuration(reading: settings)
            } catch {
                Self.put("\(name): \(error)\n", to: STDERR_FILENO)
                exit(Self.usageExitStatus)
            }
        }
    }

    /// What `--help` prints.
    package func help(_ settings: [SettingDescription]) -> String {
        var text = """
            \(name) \(Release.version): \(summary)

            Usage: \(name) [--help | --version]

            Everything is set by environment variables. One that is empty counts as not set.


            """
        for setting in settings {
            text += "\(setting.name)\n"
            for line in Self.wrapped(setting.summary, width: 90) { text += "    \(line)\n" }
            text += "    \(setting.type), default: \(setting.defaultText.isEmpty ? "none" : setting.defaultText)"
            text += setting.allowed.isEmpty ? "\n" : "; allowed: \(setting.allowed)\n"
        }
        return text
    }

    private static func wrapped(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }

    private static func put(_ text: String, to file: Int32) {
        FileDescriptorWriter.writeAll(Array(text.utf8), to: file)
    }
}
