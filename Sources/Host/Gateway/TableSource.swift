// Where the gateway's tables come from.
package import JetStream
package import Logging
package import ServiceLifecycle

/// The loaded plugins, as the gateway uses them; a test has its own.
package protocol TableSource: TableDirectory {
    /// Learns which schema versions the hosts have agreed on, before `start`.
    ///
    /// - Returns: the service that follows them; `nil` where tables need no agreement.
    /// - Throws: `JetStreamError`.
    func agreement(
        on jetStream: JetStream, server: JetStreamServer, replicas: Int, logger: Logger
    ) async throws -> (any Service)?

    /// Loads what there is. A plugin that can't be loaded is logged and left out.
    func start() async

    /// Looks again: new and changed plugins are loaded, plugins that are gone leave service.
    func reload() async

    /// The tables in service, by name.
    var summaries: [PluginSummary] { get }

    /// OpenAPI 3.1 of the write routes, for the tables in service.
    var openAPI: [UInt8] { get }
}
