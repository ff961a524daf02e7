// Tells that changes are captured.
import JSON
import JetStream
import Operations
import ServiceLifecycle

/// Tells the read-apis each second how far behind this process is, and looks now and then how much WAL is kept.
struct Heartbeat: Service {
    let nats: NATSConnection
    let slot: ReplicationSlot
    let state: CaptureState

    private static let interval = Duration.seconds(1)
    /// Between two looks at the WAL, in intervals.
    private static let looks = 10

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var count = 0
            while !Task.isCancelled {
                let phase = state.phase
                if phase == .replicating {
                    var writer = JSONWriter()
                    writer.beginObject()
                    writer.member("lagMs", state.lag(at: .now()))
                    writer.endObject()
                    nats.publish([NATSMessage(subject: Subject.captureHeartbeat, payload: writer.bytes)])
                }
                // While nothing is captured it grows.
                if phase != .standby, count % Self.looks == 0 { state.setKept(bytes: try? await slot.keptBytes()) }
                count += 1
                try? await Task.sleep(for: Self.interval)
            }
        }
    }
}
