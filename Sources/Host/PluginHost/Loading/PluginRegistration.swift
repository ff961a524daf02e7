// What happens while a plugin registers its tables.
import CPluginABI
import Logging
import Operations
import Tables

/// Takes the tables of one plugin. Lives for the length of one call of its entry, on the loader thread.
struct PluginRegistration {
    private(set) var tables: [(descriptor: TableDescriptor, functions: TableFunctions)] = []
    private(set) var faults: [String] = []
    /// Made where the plugin asks for it.
    private lazy var logCapability: UnsafeRawPointer = log.makeCapability()
    private let log: PluginLog

    typealias Entry = @convention(c) (UnsafePointer<jspg_registrar>?) -> jspg_result

    private init(log: PluginLog) {
        self.log = log
    }

    /// Calls the entry.
    ///
    /// - Parameter log: what the plugin may write to.
    /// - Throws: `PluginFailure` with everything that was wrong.
    static func run(_ entry: Entry, log: PluginLog) throws(PluginFailure) -> PluginRegistration {
        var registration = PluginRegistration(log: log)
        var errors = ErrorCollector()
        let result = errors.withSink { sink in
            withUnsafeMutablePointer(to: &registration) { pointer in
                var registrar = jspg_registrar(
                    struct_size: MemoryLayout<jspg_registrar>.size, abi_major: UInt32(JSPG_ABI_MAJOR),
                    abi_minor: UInt32(JSPG_ABI_MINOR), context: UnsafeMutableRawPointer(pointer),
                    add_table: { context, descriptor, functions, tableContext in
                        guard let context else { return JSPG_FAILED.result }
                        return context.assumingMemoryBound(to: PluginRegistration.self).pointee.add(
                            [UInt8](borrowing: descriptor), TableFunctions(functions, context: tableContext))
                    },
                    capability: { context, id in
                        guard let context, let id, String(cString: id) == PluginLog.capability else { return nil }
                        return context.assumingMemoryBound(to: PluginRegistration.self).pointee.logCapability
                    }, errors: sink)
                return entry(&registrar)
            }
        }
        let reasons = registration.faults + errors.errors.map(\.message)
        guard result == JSPG_OK.result, reasons.isEmpty else {
            throw PluginFailure(
                reasons.isEmpty
                    ? "its entry returned \(result) and gave no reason" : reasons.joined(separator: "; "))
        }
        guard !registration.tables.isEmpty else { throw PluginFailure("it registers no table") }
        return registration
    }

    private mutating func add(_ bytes: [UInt8], _ functions: TableFunctions) -> jspg_result {
        do {
            let descriptor = try TableDescriptor(parsing: bytes)
            guard !tables.contains(where: { $0.descriptor.name == descriptor.name }) else {
                faults.append("it registers the table \(descriptor.name) twice")
                return JSPG_REJECTED.result
            }
            tables.append((descriptor, functions))
            return JSPG_OK.result
        } catch {
            faults.append("its descriptor is invalid: \(error)")
            return JSPG_REJECTED.result
        }
    }
}
