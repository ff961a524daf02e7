// What a host says about itself.
package import JSON

/// The state of a host at one moment, for `/health` and `/health/ready`.
package struct HealthReport: Sendable {
    /// 200 `ok` or 503 `unhealthy`.
    package var isHealthy: Bool
    /// Whether requests should be sent here.
    package var isReady: Bool
    /// Why it is not healthy or ready, a sentence for people.
    package var reason: String?
    /// Further members and their JSON, in order.
    package var members: [(name: String, json: [UInt8])]

    package init(
        isHealthy: Bool, isReady: Bool? = nil, reason: String? = nil, members: [(name: String, json: [UInt8])] = []
    ) {
        self.isHealthy = isHealthy
        self.isReady = isReady ?? isHealthy
        self.reason = reason
        self.members = members
    }

    /// Adds a member whose value `write` appends.
    package mutating func add(_ name: String, _ write: (inout JSONWriter) -> Void) {
        var writer = JSONWriter(reservingCapacity: 32)
        write(&writer)
        members.append((name: name, json: writer.bytes))
    }

    /// `{"status":"ok",…}` or `{"status":"unhealthy","reason":…,…}`.
    package func body(status: String) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 256)
        writer.beginObject()
        writer.member("status", status)
        if let reason { writer.member("reason", reason) }
        for (name, json) in members {
            writer.name(name)
            writer.raw(json)
        }
        writer.endObject()
        return writer.bytes
    }
}
