// How a key-value bucket is to be.

/// Settings of a bucket.
package struct KeyValueConfiguration: Sendable, Hashable {
    package var bucket: String
    /// Lets a key have its own time to live, and says how long watchers can learn that it ended; `nil`: neither. At
    /// least 1 s.
    package var markerTimeToLive: Duration?
    package var replicas = 1

    package init(bucket: String) {
        self.bucket = bucket
    }

    /// A bucket is a stream (ADR-8).
    var stream: StreamConfiguration {
        var stream = StreamConfiguration(name: "KV_" + bucket, subjects: ["$KV.\(bucket).>"])
        stream.discard = .new
        // One revision of each key.
        stream.maxMessagesPerSubject = 1
        stream.replicas = replicas
        stream.allowRollup = true
        stream.denyDelete = true
        stream.allowMessageTTL = markerTimeToLive != nil
        stream.deleteMarkerTTL = markerTimeToLive
        return stream
    }
}
