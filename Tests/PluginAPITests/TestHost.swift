// A host of a test's own: registrar, sinks and calls, made from the C header alone.
import CPluginABI
import Foundation
import PluginAPI

/// Registers tables as a host does and calls their C functions.
final class TestHost {
    struct Table {
        let descriptor: [UInt8]
        let functions: jspg_table_functions
        let context: UnsafeMutableRawPointer?
    }

    struct Reported: Equatable {
        let code: String
        let message: String
        let pointer: String
    }

    private(set) var tables: [Table] = []
    private(set) var errors: [Reported] = []
    private(set) var row: [UInt32: String?] = [:]
    private(set) var statements: [(sql: String, values: [String?])] = []
    private(set) var logged: [String] = []
    /// What add_table answers.
    var addResult = jspg_result(JSPG_OK)
    var abiMajor = UInt32(JSPG_ABI_MAJOR)
    var hasLog = false
    /// Rows that a query gives.
    var rows: [[String?]] = []

    private lazy var log = UnsafeMutablePointer<jspg_log>.allocate(capacity: 1)

    func register(_ entry: (Registrar) -> Registration) -> jspg_result {
        withErrorSink { errors in
            var registrar = jspg_registrar(
                struct_size: MemoryLayout<jspg_registrar>.size, abi_major: abiMajor, abi_minor: 0,
                context: Unmanaged.passUnretained(self).toOpaque(),
                add_table: { context, descriptor, functions, tableContext in
                    let host = TestHost.from(context)
                    guard let functions else { return jspg_result(JSPG_FAILED) }
                    host.tables.append(
                        Table(descriptor: descriptor.array, functions: functions.pointee, context: tableContext))
                    return host.addResult
                },
                capability: { context, id in
                    let host = TestHost.from(context)
                    guard host.hasLog, let id, String(cString: id) == "jspg.log/1" else { return nil }
                    host.log.initialize(
                        to: jspg_log(
                            struct_size: MemoryLayout<jspg_log>.size, context: context,
                            write: { context, level, message in
                                TestHost.from(context).logged.append("\(level) \(message.text)")
                            }))
                    return UnsafeRawPointer(host.log)
                },
                errors: errors)
            return withUnsafePointer(to: &registrar) { entry($0) }
        }
    }

    // MARK: Calls

    func validate(_ operation: Int, _ body: String) throws -> jspg_result {
        errors = []
        guard let validate = tables[0].functions.validate else { throw CocoaError(.featureUnsupported) }
        return withErrorSink { sink in
            lend("id-1") { id in lend(body) { validate(tables[0].context, jspg_operation(operation), id, $0, sink) } }
        }
    }

    func prepare(_ body: String, now: Int64 = 0, refusing: Bool = false) throws -> jspg_result {
        errors = []
        row = [:]
        guard let prepare = tables[0].functions.prepare else { throw CocoaError(.featureUnsupported) }
        var sink = jspg_row_sink(
            struct_size: MemoryLayout<jspg_row_sink>.size, context: Unmanaged.passUnretained(self).toOpaque(),
            set: { context, column, text in
                TestHost.from(context).row[column] = text.text
                return jspg_result(JSPG_OK)
            },
            set_null: { context, column in
                TestHost.from(context).row.updateValue(nil, forKey: column)
                return jspg_result(JSPG_OK)
            })
        if refusing { sink.set = { _, _, _ in jspg_result(JSPG_FAILED) } }
        return withErrorSink { errors in
            lend("id-1") { id in
                lend(body) { prepare(tables[0].context, jspg_operation(JSPG_CREATE), id, $0, now, &sink, errors) }
            }
        }
    }

    func write(_ operation: Int, _ body: String) throws -> jspg_result {
        errors = []
        statements = []
        guard let write = tables[0].functions.write else { throw CocoaError(.featureUnsupported) }
        var transaction = jspg_transaction(
            struct_size: MemoryLayout<jspg_transaction>.size, context: Unmanaged.passUnretained(self).toOpaque(),
            execute: { context, sql, values, count in
                TestHost.from(context).statements.append((sql.text, TestHost.values(values, count)))
                return jspg_result(JSPG_OK)
            },
            query: { context, sql, values, count, row, rowContext in
                let host = TestHost.from(context)
                host.statements.append((sql.text, TestHost.values(values, count)))
                for values in host.rows {
                    let result = values.withLentValues { row?(rowContext, $0, values.count) }
                    guard result == jspg_result(JSPG_OK) else { return jspg_result(JSPG_FAILED) }
                }
                return jspg_result(JSPG_OK)
            })
        return withErrorSink { errors in
            lend("id-1") { id in
                lend(body) { write(tables[0].context, jspg_operation(operation), id, $0, 0, &transaction, errors) }
            }
        }
    }

    /// The body that upgrade() gives, or `nil` where it did not succeed.
    func upgrade(_ body: String, from version: UInt32) throws -> String? {
        errors = []
        guard let upgrade = tables[0].functions.upgrade else { throw CocoaError(.featureUnsupported) }
        var upgraded = ""
        let result = withUnsafeMutablePointer(to: &upgraded) { text in
            var sink = jspg_byte_sink(
                struct_size: MemoryLayout<jspg_byte_sink>.size, context: text,
                append: { $0?.assumingMemoryBound(to: String.self).pointee += $1.text })
            return withErrorSink { errors in
                lend(body) { upgrade(tables[0].context, version, jspg_operation(JSPG_CREATE), $0, &sink, errors) }
            }
        }
        return result == jspg_result(JSPG_OK) ? upgraded : nil
    }

    func selfTest() throws -> jspg_result {
        errors = []
        guard let selfTest = tables[0].functions.self_test else { throw CocoaError(.featureUnsupported) }
        return withErrorSink { selfTest(tables[0].context, $0) }
    }

    // MARK: Sinks

    private func withErrorSink<Result>(_ body: (UnsafePointer<jspg_error_sink>) -> Result) -> Result {
        var sink = jspg_error_sink(
            struct_size: MemoryLayout<jspg_error_sink>.size, context: Unmanaged.passUnretained(self).toOpaque(),
            report: { context, code, message, pointer in
                TestHost.from(context).errors.append(
                    Reported(code: code.text, message: message.text, pointer: pointer.text))
            })
        return withUnsafePointer(to: &sink, body)
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> TestHost {
        guard let context else { preconditionFailure("the context of a sink was lost") }
        return Unmanaged<TestHost>.fromOpaque(context).takeUnretainedValue()
    }

    private static func values(_ values: UnsafePointer<jspg_value>?, _ count: Int) -> [String?] {
        UnsafeBufferPointer(start: values, count: count).map { $0.is_null != 0 ? nil : $0.text.text }
    }
}
