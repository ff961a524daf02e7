// What the gateway reads from its environment.
package import HTTP
import PluginHosting
package import Settings
package import Streams

/// The gateway's configuration.
package struct GatewayConfiguration: PluginHostingConfiguration {
    package var common: CommonSettings
    package var nats: NATSSettings
    package var host: String
    package var port: Int
    package var plugins: PluginSettings
    package var maximumBodyBytes: Int
    package var maximumHeaderBytes: Int
    package var maximumBufferedBytes: Int
    package var maximumInFlight: Int
    package var publishTimeout: Duration
    package var commitBatch: Int
    package var recentKeys: Int
    /// `nil`: no limit.
    package var rateLimit: RateLimitPolicy?
    package var trustedProxies: [AddressRange]
    package var idleTimeout: Duration
    package var streamMaximumBytes: Int

    private static let port = HostSettings.port(default: 3000)
    private static let maximumInFlight = Setting<Int>.integer(
        "MAX_IN_FLIGHT", default: 4_096, in: 1...1_000_000,
        "Writes whose storage is under way at the same time; more are answered 503.")
    private static let maximumBufferedBytes = Setting<Int>.integer(
        "MAX_BUFFERED_BYTES", default: 67_108_864, in: 1_048_576...Int.max, unit: "bytes",
        "Request bodies held in memory at the same time; requests beyond it are answered 503.")
    private static let publishTimeout = Setting<Duration>.seconds(
        "PUBLISH_TIMEOUT", default: 5, in: 1...60,
        "How long to wait for JetStream's confirmation before a write is answered 503.")
    private static let commitBatch = Setting<Int>.integer(
        "COMMIT_BATCH", default: 500, in: 1...1_000, unit: "messages",
        "The most writes that are stored by one atomic batch; 1 switches group commit off.")
    private static let recentKeys = Setting<Int>.integer(
        "RECENT_KEYS", default: 32_768, in: 0...10_000_000, unit: "keys",
        "Idempotency keys remembered, so that a repeated request is answered without asking JetStream.")
    private static let rateLimit = Setting<RateLimitPolicy?>(
        SettingDescription(
            name: "RATE_LIMIT", type: "rate", defaultText: "off",
            summary: "Writes that one client may send: 100/s, 6000/m, or 100/s burst 500; more are answered 429.")
    ) { text throws(SettingFault) in
        if text == "off" || text.isEmpty { return nil }
        guard let policy = RateLimitPolicy(text) else {
            throw SettingFault("must be off, or a rate such as 100/s or 100/s burst 500")
        }
        return policy
    }
    private static let trustedProxies = Setting<[AddressRange]>(
        SettingDescription(
            name: "TRUSTED_PROXIES", type: "addresses", defaultText: "",
            summary: "Proxies whose X-Forwarded-For names the client, as addresses or ranges: 10.0.0.0/8,::1.")
    ) { text throws(SettingFault) in
        var ranges: [AddressRange] = []
        for part in text.split(separator: ",").map({ String($0.filter { $0 != " " }) }) {
            guard let range = AddressRange(part) else {
                throw SettingFault("has `\(part)`, which is no address and no range such as 10.0.0.0/8")
            }
            ranges.append(range)
        }
        return ranges
    }

    package static let settings: [SettingDescription] =
        NATSSettings.descriptions + [
            HostSettings.host.description, port.description,
            HostSettings.maximumBodyBytes.description, HostSettings.maximumHeaderBytes.description,
            maximumBufferedBytes.description, maximumInFlight.description,
            publishTimeout.description, commitBatch.description,
            recentKeys.description, rateLimit.description, trustedProxies.description,
            HostSettings.idleTimeout.description, HostSettings.streamMaximumBytes.description,
        ] + CommonSettings.descriptions + PluginSettings.descriptions

    package init(reading settings: SettingsReader) throws(SettingError) {
        common = try CommonSettings(reading: settings)
        nats = try NATSSettings(reading: settings)
        host = try settings.value(of: HostSettings.host)
        port = try settings.value(of: Self.port)
        plugins = try PluginSettings(reading: settings)
        maximumBodyBytes = try settings.value(of: HostSettings.maximumBodyBytes)
        maximumHeaderBytes = try settings.value(of: HostSettings.maximumHeaderBytes)
        maximumBufferedBytes = try settings.value(of: Self.maximumBufferedBytes)
        maximumInFlight = try settings.value(of: Self.maximumInFlight)
        publishTimeout = try settings.value(of: Self.publishTimeout)
        commitBatch = try settings.value(of: Self.commitBatch)
        recentKeys = try settings.value(of: Self.recentKeys)
        rateLimit = try settings.value(of: Self.rateLimit)
        trustedProxies = try settings.value(of: Self.trustedProxies)
        idleTimeout = try settings.value(of: HostSettings.idleTimeout)
        streamMaximumBytes = try settings.value(of: HostSettings.streamMaximumBytes)
    }

    package var server: HTTPServerConfiguration {
        HTTPServerConfiguration(
            host: host, port: port, maximumHeaderBytes: maximumHeaderBytes, maximumBodyBytes: maximumBodyBytes,
            idleTimeout: idleTimeout, streamsBody: BatchRoute.takes)
    }

    package var limits: WriteGateLimits {
        var limits = WriteGateLimits()
        limits.maximumInFlight = maximumInFlight
        limits.recentKeys = recentKeys
        return limits
    }
}
