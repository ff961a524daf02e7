// Noticing that a plugin crashes or hangs, in this process and in others.
import CBreadcrumbs
import Glibc
import Logging
package import Operations
import Synchronization
import Threads

/// Keeps the breadcrumbs of this process and the crash history of all that share PLUGIN_STATE. Any thread.
///
/// One thread looks every 100 ms for calls that hang, and every second for crashes of other processes.
package final class PluginFaults: Sendable {
    private static let tick: UInt32 = 100_000
    private static let idleTick: UInt32 = 500_000
    /// How often it looks for what ended processes have left; nanoseconds.
    private static let historyInterval: UInt64 = 900_000_000

    private let folder: CrashFolder
    private let host: String
    private let logger: Logger
    private let isTracing = Mutex(false)
    private let known = Mutex(CrashHistory())
    private let hasKnown = Atomic(false)
    private let isHanging = Atomic(false)
    private let reader = ThreadExecutor(name: "plugin-faults")

    /// - Parameter host: the role's name.
    init(stateDirectory: String, host: String, logger: Logger) {
        folder = CrashFolder(stateDirectory: stateDirectory)
        self.host = host
        self.logger = logger
    }

    deinit {
        reader.stop()
    }

    /// What is known of crashes.
    package var history: CrashHistory { hasKnown.load(ordering: .acquiring) ? known.withLock { $0 } : CrashHistory() }

    /// Whether a call hangs, so that this process ends within a second: nothing new should be begun.
    package var isEnding: Bool { isHanging.load(ordering: .acquiring) }

    /// Until when a table's plugin is not to be called; `nil` where it is in service.
    package func quarantine(of plugin: PluginIdentity, at now: Timestamp = .now()) -> Timestamp? {
        hasKnown.load(ordering: .acquiring) ? history.quarantine(of: plugin.hash, at: now) : nil
    }

    // MARK: - Starting

    /// Learns from what ended processes have left, and begins to leave breadcrumbs. On the loader thread; once.
    func start() throws(PluginFailure) {
        try folder.makeFolders()
        look()
        let path = folder.breadcrumbFile(host: host)
        let result = breadcrumbs_open(path)
        guard result == 0 || result == EALREADY else {
            throw PluginFailure("\(path) can't be made: \(PluginAdmission.errorText(result))")
        }
        let isFirst = isTracing.withLock { isTracing in
            defer { isTracing = true }
            return !isTracing
        }
        guard isFirst else { return }
        startThread(named: "plugin-watchdog") { [weak self] in
            var watch = HangWatch()
            var lastLook = MonotonicTime.now
            while let self {
                // Where nothing was called, nothing hangs: a call that begins meanwhile is noticed a little later.
                usleep(watch.isIdle ? Self.idleTick : Self.tick)
                if MonotonicTime.now - lastLook >= Self.historyInterval {
                    lastLook = MonotonicTime.now
                    self.look()
                }
                self.endHungCalls(&watch)
            }
        }
    }

    /// The calls of one generation of a table; of a file that is being loaded, where `table` is empty.
    func calls(hash: String, table: String, file: String, counters: PluginCallCounters) -> PluginCalls {
        PluginCalls(
            entry: breadcrumbs_add_table(hash, table, file), counters: counters, logger: logger, table: table)
    }

    // MARK: - Crashes

    /// Looks now for what a process left that has just ended, rather than within a second.
    package func refresh() async {
        // Not throwing: `look` has no failure.
        try? await reader.run { self.look() }
    }

    /// Takes up what ended processes have left.
    private func look() {
        let history: CrashHistory
        do throws(PluginFailure) {
            let (found, all) = try folder.collect()
            history = all
            for record in found where record.isProven {
                logger.error(
                    "a plugin \(record.sentence) and took its host down",
                    metadata: [
                        "host": "\(record.host)", "file": "\(record.file)", "table": "\(record.table)",
                        "plugin": "\(record.hash.prefix(12))",
                        "operation": "\(record.operation.map(\.description) ?? "none")",
                    ])
            }
        } catch {
            logger.warning("crashes of plugins can't be noted", metadata: ["err": "\(error)"])
            history = folder.history()
        }
        if history.isEmpty && !hasKnown.load(ordering: .relaxed) { return }
        known.withLock { $0 = history }
        hasKnown.store(!history.isEmpty, ordering: .releasing)
    }

    // MARK: - Hangs

    private func endHungCalls(_ watch: inout HangWatch) {
        guard let file = breadcrumbs_file() else { return }
        var calls: [HangWatch.Call] = []
        for index in 0..<Int(BREADCRUMB_SLOTS) {
            guard let slot = breadcrumb_at(file, UInt32(index)), breadcrumb_thread(slot) != 0 else { continue }
            let state = breadcrumb_state(slot)
            guard state != BREADCRUMB_IDLE, let function = PluginFunction(rawValue: slot.pointee.function) else {
                continue
            }
            calls.append(
                HangWatch.Call(
                    slot: index, number: breadcrumb_call(slot), function: function,
                    callbacks: breadcrumb_callbacks(slot), isInHost: state == BREADCRUMB_IN_HOST))
        }
        for call in watch.tick(calls) {
            guard let slot = breadcrumb_at(file, UInt32(call.slot)),
                breadcrumb_mark_hung(slot, call.number)
            else { continue }
            logger.critical(
                "a plugin does not return from \(call.function.name): the process ends unless it does within a second",
                metadata: ["table": "\(String(breadcrumb_table_name(file, slot.pointee.table)))"])
            // A thread can't be stopped. Others have a second to finish what they do.
            isHanging.store(true, ordering: .releasing)
            sleep(1)
            guard breadcrumb_is_in(slot, call.number) else {
                breadcrumb_unmark_hung(slot)
                isHanging.store(false, ordering: .releasing)
                continue
            }
            _ = breadcrumb_signal(breadcrumb_thread(slot), SIGABRT)
        }
    }
}
