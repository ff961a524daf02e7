// The order in which tables can be created.

extension [TableDescriptor] {
    /// The same tables, each after those that it refers to, otherwise by name. Where tables refer to each other in a
    /// circle, their names decide.
    package var parentsFirst: [TableDescriptor] {
        var waiting = sorted { $0.name < $1.name }
        var ordered: [TableDescriptor] = []
        while !waiting.isEmpty {
            let next =
                waiting.firstIndex { table in
                    !table.columns.contains { column in
                        guard let parent = column.references?.table, parent != table.name else { return false }
                        return waiting.contains { $0.name == parent }
                    }
                } ?? 0
            ordered.append(waiting.remove(at: next))
        }
        return ordered
    }
}
