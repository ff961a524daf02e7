// The entry of a plugin, and how its tables reach the host.
public import CPluginABI

/// What a host passes to a plugin's entry.
public typealias Registrar = UnsafePointer<jspg_registrar>

/// What a plugin's entry returns: whether the host took its tables.
public typealias Registration = jspg_result

extension UnsafePointer<jspg_registrar> {
    /// Brings tables to the host; the one line of a plugin's entry.
    ///
    /// ```swift
    /// @c(jspg_plugin_register)
    /// public func register(host: Registrar) -> Registration { host.add(Users.self, plugin: "Users", "1.0.0") }
    /// ```
    ///
    /// A host takes all of the tables or none. It may call the entry again for a later generation.
    ///
    /// - Parameters:
    ///   - tables: the types, each with a table of its own.
    ///   - plugin: the plugin's name, as `jspg plugin list` shows it: letters, digits, `_`, `.` and `-`, a letter first.
    ///   - version: the plugin's version, by semver.org: `1.0.0`.
    /// - Returns: what the entry returns in turn.
    public func add<each Table: TableHandler>(
        _ tables: repeat (each Table).Type, plugin: String, _ version: String
    ) -> Registration {
        guard Int32(bitPattern: pointee.abi_major) == JSPG_ABI_MAJOR else {
            return WriteRejection.failure(
                "The host speaks ABI \(pointee.abi_major).\(pointee.abi_minor), the plugin was built for "
                    + "\(JSPG_ABI_MAJOR).\(JSPG_ABI_MINOR)."
            ).report(to: pointee.errors)
        }
        for table in repeat each tables {
            let result = addOne(table, plugin: plugin, version)
            guard Int(result) == JSPG_OK else { return result }
        }
        return jspg_result(JSPG_OK)
    }

    private func addOne<Table: TableHandler>(
        _ table: Table.Type, plugin: String, _ version: String
    ) -> Registration {
        guard let addTable = pointee.add_table else { return jspg_result(JSPG_FAILED) }
        let bridge = TableBridge<Table>(log: HostLog(log))
        // Both are kept until the process ends, as the header asks: a generation is never unloaded.
        let functions = UnsafeMutablePointer<jspg_table_functions>.allocate(capacity: 1)
        functions.initialize(to: bridge.functions)
        let context = Unmanaged<AnyTableBridge>.passRetained(bridge).toOpaque()
        return Table.table.descriptor(plugin: plugin, version: version).withUnsafeBufferPointer {
            addTable(pointee.context, jspg_bytes(data: $0.baseAddress, length: $0.count), functions, context)
        }
    }

    /// The host's log, where it has one.
    private var log: UnsafePointer<jspg_log>? {
        pointee.capability?(pointee.context, "jspg.log/1")?.assumingMemoryBound(to: jspg_log.self)
    }
}
