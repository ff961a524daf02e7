// Breadcrumbs and crash records in PLUGIN_STATE.
import CBreadcrumbs
import Glibc
import JSON
package import Operations
import Threads

/// `breadcrumbs/{host}-{pid}-{start time}.crumbs`, one for each running process, and `crashes/*.json`, which whoever
/// finds the breadcrumbs of an ended process makes of them. All hosts of a machine that share PLUGIN_STATE share them.
package struct CrashFolder: Sendable {
    private let breadcrumbs: String
    private let crashes: String

    /// Older records are of no interest, in microseconds; but a file that crashed a host while it was loaded would do so
    /// again, however long ago that was.
    private static let age: Int64 = 24 * 3_600 * 1_000_000
    private static let suffix = ".crumbs"

    package init(stateDirectory: String) {
        breadcrumbs = stateDirectory + "/breadcrumbs"
        crashes = stateDirectory + "/crashes"
    }

    /// Those of the hosts that keep their state in a folder, or in one of the folders in it.
    package static func all(under stateDirectory: String) -> [CrashFolder] {
        PluginFolder.stateFolders(under: stateDirectory).map { CrashFolder(stateDirectory: $0) }
    }

    func makeFolders() throws(PluginFailure) {
        for folder in [breadcrumbs, crashes] where mkdir(folder, 0o755) != 0 && errno != EEXIST {
            throw PluginFailure("\(folder) can't be made: \(PluginAdmission.errorText(errno))")
        }
    }

    /// Where this process leaves its breadcrumbs.
    func breadcrumbFile(host: String) -> String {
        let process = RunningProcess.current
        return "\(breadcrumbs)/\(host)-\(process.pid)-\(process.startTime)\(Self.suffix)"
    }

    // MARK: - Reading

    /// The records there are now, and the marks of processes that are just ending: a backtrace can take a second, in
    /// which others may take up what the process had in hand.
    package func history(at now: Timestamp = .now()) -> CrashHistory { CrashHistory(recent(at: now)) }

    package static func history(under stateDirectory: String) -> CrashHistory {
        CrashHistory(all(under: stateDirectory).flatMap { $0.recent(at: .now()) })
    }

    private func recent(at now: Timestamp) -> [CrashRecord] {
        recent(marked: marks(of: breadcrumbFiles.filter(\.process.isRunning), at: now), at: now)
    }

    private func marks(of running: [BreadcrumbFile], at now: Timestamp) -> [CrashRecord] {
        running.flatMap { file in
            Self.read("\(breadcrumbs)/\(file.name)", host: file.host, now: now).filter(\.isProven)
        }
    }

    /// - Parameter marked: read before the records are, or a process that ends in between shows in neither; what shows in
    ///   both counts once.
    private func recent(marked: [CrashRecord], at now: Timestamp) -> [CrashRecord] {
        let recent = records.map(\.record).filter { !Self.isOld($0, at: now) }
        return Array(Set(recent).union(marked))
    }

    private static func isOld(_ record: CrashRecord, at now: Timestamp) -> Bool {
        !record.isOfLoading && now.microseconds - record.at.microseconds >= age
    }

    /// Forgets the crashes of a plugin, so that it is called again.
    ///
    /// - Parameter matches: which records.
    /// - Returns: how many there were.
    package func remove(where matches: (CrashRecord) -> Bool) -> Int {
        records.count { matches($0.record) && unlink($0.path) == 0 }
    }

    private var records: [(path: String, record: CrashRecord)] {
        names(in: crashes).compactMap { name in
            let path = "\(crashes)/\(name)"
            guard name.hasSuffix(".json"), let bytes = StateFile.read(path),
                let json = try? JSONDocument(parsing: bytes).root, let record = CrashRecord(json)
            else { return nil }
            return (path, record)
        }
    }

    private typealias BreadcrumbFile = (name: String, host: String, process: RunningProcess)

    private var breadcrumbFiles: [BreadcrumbFile] {
        names(in: breadcrumbs).compactMap { name in
            let parts = name.dropLast(Self.suffix.count).split(separator: "-")
            guard name.hasSuffix(Self.suffix), parts.count >= 3, let pid = Int32(parts[parts.count - 2]) else {
                return nil
            }
            return (
                name, parts.dropLast(2).joined(separator: "-"),
                RunningProcess(pid: pid, startTime: String(parts[parts.count - 1]))
            )
        }
    }

    private func names(in folder: String, hidden: Bool = false) -> [String] {
        (try? PluginFolder.names(folder, hidden: hidden)) ?? []
    }

    // MARK: - Collecting

    /// Makes records of the breadcrumbs that ended processes have left, and drops old records. Looks at each file once.
    ///
    /// - Returns: the new records, and the history with them.
    /// - Throws: `PluginFailure` where records can't be written; the next look makes them.
    func collect(at now: Timestamp = .now()) throws(PluginFailure) -> (found: [CrashRecord], history: CrashHistory) {
        var found: [CrashRecord] = []
        var running: [BreadcrumbFile] = []
        giveBackClaims()
        let me = RunningProcess.current
        for file in breadcrumbFiles {
            if file.process.isRunning {
                running.append(file)
                continue
            }
            // Several hosts may look at the same time: the one that moves the file has it.
            let path = "\(breadcrumbs)/\(file.name)"
            let claimed = "\(breadcrumbs)/.\(file.name).\(me.pid)-\(me.startTime)"
            guard rename(path, claimed) == 0 else { continue }
            let records = Self.read(claimed, host: file.host, now: now)
            do throws(PluginFailure) {
                for (number, record) in records.enumerated() {
                    try StateFile.write(
                        record.json, to: "\(crashes)/\(record.at.microseconds)-\(file.process.pid)-\(number).json")
                }
            } catch {
                rename(claimed, path)
                throw error
            }
            unlink(claimed)
            found += records
        }
        let marked = marks(of: running, at: now)
        for (path, record) in records where Self.isOld(record, at: now) { unlink(path) }
        return (found, CrashHistory(recent(marked: marked, at: now)))
    }

    /// Whoever claimed a file and ended before its records were written has it no longer.
    private func giveBackClaims() {
        for name in names(in: breadcrumbs, hidden: true) where name.hasPrefix(".") {
            guard let dot = name.lastIndex(of: "."), name[..<dot].hasSuffix(Self.suffix) else { continue }
            let parts = name[name.index(after: dot)...].split(separator: "-")
            guard let pid = parts.first.flatMap({ Int32($0) }) else { continue }
            let claimant = RunningProcess(pid: pid, startTime: parts.dropFirst().joined(separator: "-"))
            if !claimant.isRunning { rename("\(breadcrumbs)/\(name)", "\(breadcrumbs)/\(name[..<dot].dropFirst())") }
        }
    }

    private static func read(_ path: String, host: String, now: Timestamp) -> [CrashRecord] {
        guard let file = breadcrumbs_read(path) else { return [] }
        defer { breadcrumbs_close(file) }
        return (0..<UInt32(BREADCRUMB_SLOTS)).compactMap { index in
            guard let slot = breadcrumb_at(file, index)?.pointee,
                // In a callback only a hang is the plugin's doing, and marked.
                slot.state == BREADCRUMB_IN_PLUGIN || (slot.state == BREADCRUMB_IN_HOST && slot.signal != 0),
                let function = PluginFunction(rawValue: slot.function)
            else { return nil }
            let cause: CrashRecord.Cause =
                switch slot.signal {
                case 0: .unproven
                case BREADCRUMB_EXIT: .exit
                case BREADCRUMB_HANG: .hang
                default: .signal(slot.signal)
                }
            let operation = withUnsafeBytes(of: slot.operation) { Array($0) }
            let fingerprint = withUnsafeBytes(of: slot.fingerprint) { Array($0) }
            return CrashRecord(
                host: host, hash: String(breadcrumb_table_hash(file, slot.table)),
                table: String(breadcrumb_table_name(file, slot.table)),
                file: String(breadcrumb_table_file(file, slot.table)), function: function, cause: cause,
                operation: operation.contains { $0 != 0 } ? OperationID(bytes: operation) : nil,
                fingerprint: fingerprint.contains { $0 != 0 } ? Fingerprint(bytes: fingerprint) : nil,
                at: slot.signal == 0 ? now : Timestamp(microseconds: slot.marked_at * 1_000))
        }
    }
}

extension String {
    /// A copy.
    init(_ text: breadcrumb_text) {
        self.init(decoding: UnsafeRawBufferPointer(start: text.start, count: text.length), as: UTF8.self)
    }
}
