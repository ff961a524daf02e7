// What follows from the crashes of plugins.
package import Operations

/// Decides what is not called again, from what happened. A value without clock or files.
///
/// Everything holds for one file's content: a new one starts afresh.
package struct CrashHistory: Sendable {
    /// How many proven crashes within `window` take a plugin out of service.
    static let quarantineAfter = 3
    /// In microseconds.
    static let window: Int64 = 60_000_000
    /// The first quarantine, and the longest; in microseconds. Each trial that crashes doubles it.
    static let firstQuarantine: Int64 = 60_000_000
    static let longestQuarantine: Int64 = 600_000_000
    /// How many proven crashes an operation may cause before it is given up.
    package static let maximumCrashesOfOperation = 2

    private let byHash: [String: [CrashRecord]]

    package init(_ records: [CrashRecord] = []) {
        byHash = Dictionary(grouping: records, by: \.hash).mapValues { $0.sorted { $0.at < $1.at } }
    }

    package var isEmpty: Bool { byHash.isEmpty }

    /// Every record of a plugin, oldest first.
    package func records(of hash: String) -> [CrashRecord] { byHash[hash] ?? [] }

    // MARK: - One write

    /// The records of an operation; where there is any, the operation has to run alone.
    package func records(of operation: OperationID, in hash: String) -> [CrashRecord] {
        records(of: hash).filter { $0.operation == operation }
    }

    /// The crash that a request has caused before: it is refused without a call, so that no client can take a table
    /// away with one body.
    package func crash(of fingerprint: Fingerprint, in hash: String) -> CrashRecord? {
        records(of: hash).last { $0.fingerprint == fingerprint && $0.isProven }
    }

    // MARK: - A plugin

    /// The crash of a host that was loading this file: it is not tried again.
    package func crashInLoading(_ hash: String) -> CrashRecord? {
        records(of: hash).last(where: \.isOfLoading)
    }

    /// Until when a plugin is not called; `nil` where it is in service.
    ///
    /// After the quarantine the plugin is tried again. A crash then doubles it, up to ten minutes; ten minutes without
    /// one end the matter.
    package func quarantine(of hash: String, at now: Timestamp) -> Timestamp? {
        var until: Int64?
        var length = Self.firstQuarantine
        var recent: [Int64] = []
        for record in records(of: hash) where record.isProven {
            let time = record.at.microseconds
            if let end = until {
                // Processes that had not heard of it yet.
                if time < end { continue }
                if time - end < Self.longestQuarantine {
                    length = min(length * 2, Self.longestQuarantine)
                    until = time + length
                    continue
                }
                until = nil
                length = Self.firstQuarantine
                recent = []
            }
            recent = recent.filter { time - $0 < Self.window } + [time]
            if recent.count >= Self.quarantineAfter { until = time + length }
        }
        return until.flatMap { $0 > now.microseconds ? Timestamp(microseconds: $0) : nil }
    }
}
