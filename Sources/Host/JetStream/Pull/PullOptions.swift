// How a pull subscription asks.

/// Settings of one pull subscription.
package struct PullOptions: Sendable, Hashable {
    /// 16 MiB.
    package static let defaultMaximumBytes = 16 << 20

    /// How many messages are asked for and not yet taken by `next`, at most.
    package var batch: Int
    /// How many bytes may come for one request, and be returned by one `next`; nothing more is asked for while half of it
    /// is here and not taken. At least one message comes, however large.
    package var maximumBytes = PullOptions.defaultMaximumBytes
    /// How long the server keeps a request; it is asked again at once. With a group at most half of the pin's timeout:
    /// only requests keep the pin.
    package var expires: Duration
    /// The server tells so often that it is there; twice this without a word and the subscription asks again. At most
    /// half of `expires`.
    package var heartbeat: Duration
    /// How long a request may last while nothing comes: from one to the next it doubles up to this. With a group the pin
    /// is lost meanwhile, and won again with the next message.
    package var longestIdle: Duration
    /// The priority group, for a consumer with a pinned client.
    package var group: String?

    package init(
        batch: Int = 500, expires: Duration = .seconds(30), heartbeat: Duration = .seconds(5),
        longestIdle: Duration = .zero, group: String? = nil
    ) {
        precondition(batch > 0 && heartbeat * 2 <= expires, "a heartbeat is at most half of the expiry")
        self.batch = batch
        self.expires = expires
        self.heartbeat = heartbeat
        self.longestIdle = longestIdle
        self.group = group
    }

    /// For a consumer with a pinned client: asks often enough to keep the pin while messages come.
    package init(
        batch: Int = 500, pinnedClient: ConsumerConfiguration.PinnedClient, longestIdle: Duration = .zero
    ) {
        self.init(
            batch: batch, expires: pinnedClient.timeout / 2, heartbeat: pinnedClient.timeout / 4,
            longestIdle: longestIdle, group: pinnedClient.group)
    }
}
