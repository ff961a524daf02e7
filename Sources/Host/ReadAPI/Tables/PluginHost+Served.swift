// The table that a request is about.
import Encodings
import HTTP
import Hummingbird
import PluginHost
import Tables

extension PluginHost {
    /// The table that the path names as `:table`.
    ///
    /// - Throws: `Problem`, 404 where no plugin serves it, 503 where it is loaded and waits for its processors, or may be of
    ///   a plugin that could not be loaded.
    func served(_ context: HostRequestContext) throws(Problem) -> LoadedTable {
        let name = PercentEncoding.decoded(context.parameters.get("table") ?? "") ?? ""
        let tables = tables
        if let table = tables.table(name) { return table }
        if let waiting = tables.waiting[name] {
            throw Problem(
                .unavailable,
                "The table is loaded with schema version \(waiting.descriptor.schemaVersion) and waits until every "
                    + "processor has it."
            ).retryAfter(.seconds(1))
        }
        // Clients take 404 for final.
        if tables.mayLackTables {
            throw Problem(
                .unavailable,
                "Not all plugins could be loaded here, and this table may be one of theirs. Repeat the request later."
            ).retryAfter(.seconds(5))
        }
        throw Problem(.unknownTable, "No plugin serves this table. GET /tables lists those that are served.")
    }
}
