// Ends what clients listen to.
import ServiceLifecycle

/// Ends the events of clients when the host stops.
struct TableChangesService: Service {
    let changes: TableChanges

    func run() async throws {
        try? await gracefulShutdown()
        changes.stop()
    }
}
