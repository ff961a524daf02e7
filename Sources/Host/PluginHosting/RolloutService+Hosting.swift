// A host's part in the agreement on schema versions.
package import Hosting
package import JetStream
package import Logging
package import PluginHost
package import Rollout
package import Settings

extension RolloutService {
    /// What a host begins with, before it loads plugins.
    ///
    /// - Parameter versions: the schema versions by table that this host can apply or serve now; called on any thread.
    /// - Throws: the sentence that ends the host.
    package static func prepare(
        _ jetStream: JetStream, settings: CommonSettings, plugins: PluginHost, role: PluginHost.Role, logger: Logger,
        versions: @escaping @Sendable () -> [String: Int]
    ) async throws(HostFailure) -> RolloutService {
        do {
            return try await prepare(
                jetStream, server: try await jetStream.server(waitingUpTo: settings.startTimeout),
                replicas: settings.streamReplicas, plugins: plugins, role: role, logger: logger, versions: versions)
        } catch {
            throw HostFailure("What the hosts agree on can't be learned: \(error).")
        }
    }
}
