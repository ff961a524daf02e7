// The hosts' agreement on schema versions, in a bucket of JetStream.
package import JetStream
import JSON
package import Logging
import Operations
package import PluginHost
import ServiceLifecycle

/// Tells the other hosts what this one runs, and follows what they agreed on.
///
/// Bucket `jspg_hosts`, whose keys are `RolloutKey`s: a host's entry is renewed every 5 s and ends after 15; that of what is
/// in service is changed by compare-and-set by processors alone.
package final class RolloutService: Service {
    private static let renewal = Duration.seconds(5)
    private static let timeToLive = Duration.seconds(15)

    private let bucket: KeyValueBucket
    /// Makes the bucket where there is none.
    private let remake: @Sendable () async throws -> Void
    private let plugins: PluginHost
    private let role: PluginHost.Role
    private let versions: @Sendable () -> [String: Int]
    private let logger: Logger
    private let key: String
    private let changes: AsyncStream<Void>
    private let change: AsyncStream<Void>.Continuation

    /// Makes the bucket if need be and learns what is agreed on, so that it is known before plugins are loaded.
    ///
    /// - Parameter versions: the schema versions by table that this host can apply or serve now; called on any thread.
    /// - Throws: `JetStreamError`.
    package static func prepare(
        _ jetStream: JetStream, server: JetStreamServer, replicas: Int, plugins: PluginHost, role: PluginHost.Role,
        logger: Logger, versions: @escaping @Sendable () -> [String: Int]
    ) async throws(JetStreamError) -> RolloutService {
        var configuration = KeyValueConfiguration(bucket: BucketName.hosts)
        configuration.markerTimeToLive = timeToLive
        configuration.replicas = replicas
        let bucket = try await KeyValueBucket.ensure(configuration, jetStream: jetStream, server: server)
        let service = RolloutService(bucket, plugins, role, logger, versions) { [configuration] in
            _ = try await KeyValueBucket.ensure(configuration, jetStream: jetStream, server: server)
        }
        var agreement = SchemaAgreement()
        for entry in try await bucket.entries() { agreement.take(entry) }
        await plugins.setAgreement(agreement.active)
        return service
    }

    private init(
        _ bucket: KeyValueBucket, _ plugins: PluginHost, _ role: PluginHost.Role, _ logger: Logger,
        _ versions: @escaping @Sendable () -> [String: Int], remake: @escaping @Sendable () async throws -> Void
    ) {
        self.bucket = bucket
        self.remake = remake
        self.plugins = plugins
        self.role = role
        self.logger = logger
        self.versions = versions
        key = RolloutKey.host(role, id: "\(OperationID.random())").text
        (changes, change) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// What this host can apply or serve may have changed. Any thread.
    package func versionsChanged() { change.yield() }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.renew() }
                group.addTask { await self.follow() }
                group.addTask {
                    while !Task.isCancelled {
                        try? await Task.sleep(for: Self.renewal)
                        self.change.yield()
                    }
                }
            }
        }
        // The others need not wait until it ends by itself.
        _ = try? await bucket.delete(key)
    }

    // MARK: - Telling

    private func renew() async {
        var isFailing = false
        change.yield()
        for await _ in changes {
            if Task.isCancelled { return }
            var writer = JSONWriter()
            writer.beginObject()
            for (table, version) in versions().sorted(by: { $0.key < $1.key }) { writer.member(table, version) }
            writer.endObject()
            do {
                try await bucket.put(key, writer.bytes, timeToLive: Self.timeToLive)
                isFailing = false
            } catch {
                if !isFailing && !Task.isCancelled {
                    logger.warning("can't tell the other hosts what is loaded here", metadata: ["err": "\(error)"])
                }
                isFailing = true
            }
        }
    }

    // MARK: - Following

    private func follow() async {
        while !Task.isCancelled {
            do {
                let watch = try await bucket.watch()
                var agreement = SchemaAgreement()
                while true {
                    let changes = try await watch.next()
                    if changes.isSnapshot { agreement = SchemaAgreement() }
                    for entry in changes.entries { agreement.take(entry) }
                    await plugins.setAgreement(agreement.active)
                    if role == .processor { try await raise(agreement) }
                }
            } catch {
                if Task.isCancelled { return }
                logger.warning("can't follow what the hosts agree on", metadata: ["err": "\(error)"])
                try? await Task.sleep(for: .seconds(1))
                // Somebody may have removed the bucket, or NATS its disk.
                if (error as? JetStreamError)?.kind == .notFound { try? await remake() }
            }
        }
    }

    /// Stores what follows from the processors that live. Where another one was faster, its change comes by the watch.
    private func raise(_ agreement: SchemaAgreement) async throws {
        for raise in agreement.raises {
            let key = RolloutKey.active(table: raise.table).text
            let value = raise.schema.json
            let revision: UInt64?
            if let expected = raise.revision {
                revision = try await bucket.update(key, value, revision: expected)
            } else {
                revision = try await bucket.create(key, value)
            }
            if revision != nil {
                logger.notice(
                    "a schema version is in service",
                    metadata: ["table": "\(raise.table)", "version": "\(raise.schema.version)"])
            }
        }
    }
}
