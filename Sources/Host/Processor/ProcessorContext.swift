// What every worker of a processor shares.
import JetStream
import Logging
import Operations
import PluginHost
import Postgres

/// The processor's connections and what it knows, made once at start.
struct ProcessorContext: Sendable {
    let nats: NATSConnection
    let jetStream: JetStream
    let streams: ProcessorStreams
    let pool: PostgresPool
    /// What the pool's connections hold.
    let presence: ProcessPresence
    let availability: DatabaseAvailability
    let announcer: OperationAnnouncer
    let deadLetters: DeadLetterPublisher
    let plugins: PluginHost
    let ready: ReadyTables
    let committer: BatchCommitter
    let attemptTurns = AttemptTurns()
    let held: HeldDeliveries<Delivery>
    let metrics: ProcessorMetrics
    let logger: Logger
}
