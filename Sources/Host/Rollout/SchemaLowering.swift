// Taking the schema version in service down, after a rollback.
package import JetStream
import Operations
import PluginHost

/// Done by a person's command, never by a host: a processor that comes back with an old plugin must not take a version out
/// of service that others accept writes of.
package enum SchemaLowering {
    /// How long a processor may take to tell what it has after it has reloaded.
    private static let patience = Duration.seconds(2)

    /// - Returns: the version that was in service before; `nil` where it was not higher than `version`.
    /// - Throws: `SchemaAgreement.LoweringRefusal.processorHas`, `JetStreamError`.
    package static func lower(_ table: String, to version: Int, on jetStream: JetStream) async throws -> Int? {
        let bucket = try KeyValueBucket(existing: BucketName.hosts, on: jetStream)
        let deadline = ContinuousClock.now + patience
        while true {
            var agreement = SchemaAgreement()
            for entry in try await bucket.entries() { agreement.take(entry) }
            do {
                let change = try agreement.lowering(table, to: version)
                let revision = try await bucket.update(
                    RolloutKey.active(table: table).text, change.schema.json, revision: change.revision ?? 0)
                // Where a host was faster, what it stored decides anew.
                if revision != nil { return agreement.active[table]?.version }
            } catch SchemaAgreement.LoweringRefusal.isNotHigher {
                return nil
            } catch let refusal as SchemaAgreement.LoweringRefusal {
                guard ContinuousClock.now < deadline else { throw refusal }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }
}
