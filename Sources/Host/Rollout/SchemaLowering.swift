// Taking the schema version in service down, after a rollback.
package import JetStream
import PluginHost

/// Done by a person's command, never by a host: a processor that comes back with an old plugin must not take a version out
/// of service that others accept writes of.
package enum SchemaLowering {
    /// - Returns: the version that was in service before; `nil` where it was not higher than `version`.
    /// - Throws: `SchemaAgreement.LoweringRefusal.processorHas`, `JetStreamError`; of kind `conflict` where a host was
    ///   faster several times.
    package static func lower(_ table: String, to version: Int, on jetStream: JetStream) async throws -> Int? {
        let bucket = try KeyValueBucket(existing: RolloutService.bucketName, on: jetStream)
        for _ in 0..<10 {
            var agreement = SchemaAgreement()
            for entry in try await bucket.entries() { agreement.take(entry) }
            do {
                let change = try agreement.lowering(table, to: version)
                let before = agreement.active[table]?.version
                if try await bucket.update("active.\(table)", change.schema.json, revision: change.revision ?? 0) != nil
                {
                    return before
                }
            } catch SchemaAgreement.LoweringRefusal.isNotHigher {
                return nil
            } catch SchemaAgreement.LoweringRefusal.processorHas {
                // It tells what it has a moment after it has reloaded.
                try await Task.sleep(for: .milliseconds(200))
            }
        }
        var agreement = SchemaAgreement()
        for entry in try await bucket.entries() { agreement.take(entry) }
        _ = try agreement.lowering(table, to: version)
        return nil
    }
}
