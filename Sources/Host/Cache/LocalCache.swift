// Bodies in this process' memory, the least recently used forgotten first.
package import Operations

/// Bounded by bytes. A copy in here is never served unchecked: see `CacheRead`.
package struct LocalCache: Sendable {
    private struct Node {
        var key: String
        var entry: CacheEntry
        var expiry: Timestamp
        var cost: Int
        /// Towards the more recently used.
        var newer: Int?
        /// Towards the less recently used.
        var older: Int?
    }

    /// What a copy costs beside its body: key, versions, list and table entries; an estimate.
    private static let overhead = 512

    private let capacity: Int
    private var nodes: [Node?] = []
    private var free: [Int] = []
    private var places: [String: Int] = [:]
    private var newest: Int?
    private var oldest: Int?
    /// Bytes in use.
    package private(set) var size = 0

    /// - Parameter capacity: in bytes; 0 keeps nothing.
    package init(capacity: Int) {
        self.capacity = capacity
    }

    package var count: Int { places.count }

    /// The copy, which becomes the most recently used; `nil` where there is none or its time is over.
    package mutating func entry(_ key: String, now: Timestamp) -> CacheEntry? {
        guard let place = places[key], let expiry = nodes[place]?.expiry else { return nil }
        if expiry <= now {
            remove(place)
            return nil
        }
        if newest != place {
            unlink(place)
            linkAsNewest(place)
        }
        return nodes[place]?.entry
    }

    /// Keeps `entry` until `expiry` or until room is needed.
    package mutating func put(_ key: String, _ entry: CacheEntry, expiry: Timestamp) {
        if let place = places[key] { remove(place) }
        let cost = entry.body.bytes.count + key.utf8.count + Self.overhead
        guard cost <= capacity else { return }
        while size + cost > capacity, let oldest { remove(oldest) }
        let node = Node(key: key, entry: entry, expiry: expiry, cost: cost)
        let place: Int
        if let reused = free.popLast() {
            place = reused
            nodes[place] = node
        } else {
            place = nodes.count
            nodes.append(node)
        }
        places[key] = place
        size += cost
        linkAsNewest(place)
    }

    private mutating func remove(_ place: Int) {
        guard let node = nodes[place] else { return }
        unlink(place)
        places[node.key] = nil
        nodes[place] = nil
        free.append(place)
        size -= node.cost
    }

    private mutating func unlink(_ place: Int) {
        guard let node = nodes[place] else { return }
        if let newer = node.newer { nodes[newer]?.older = node.older } else { newest = node.older }
        if let older = node.older { nodes[older]?.newer = node.newer } else { oldest = node.newer }
        nodes[place]?.newer = nil
        nodes[place]?.older = nil
    }

    private mutating func linkAsNewest(_ place: Int) {
        nodes[place]?.older = newest
        nodes[place]?.newer = nil
        if let newest { nodes[newest]?.newer = place }
        newest = place
        if oldest == nil { oldest = place }
    }
}
