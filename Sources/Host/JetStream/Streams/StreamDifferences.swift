// Whether an existing stream can serve, and what an update has to change.
import JSON

/// An existing stream compared with what is wanted.
struct StreamDifferences {
    /// What the existing stream becomes; equal to what it is where nothing has to change.
    let target: StreamConfiguration
    /// One sentence for each reason why the stream can't serve, however it is updated.
    let refusals: [String]

    init(existing: StreamConfiguration, wanted: StreamConfiguration, json: JSONValue) {
        var target = wanted
        // What somebody added is kept: subjects beside ours, further replicas, permissions beyond ours.
        target.subjects =
            existing.subjects + wanted.subjects.filter { !existing.subjects.contains($0) }
        target.replicas = max(existing.replicas, wanted.replicas)
        target.maxConsumers = max(existing.maxConsumers, wanted.maxConsumers)
        target.allowDirect = existing.allowDirect || wanted.allowDirect
        target.allowAtomicPublish = existing.allowAtomicPublish || wanted.allowAtomicPublish
        target.allowRollup = existing.allowRollup || wanted.allowRollup
        target.allowMessageTTL = existing.allowMessageTTL || wanted.allowMessageTTL
        target.deleteMarkerTTL = wanted.deleteMarkerTTL ?? existing.deleteMarkerTTL
        // Can't be taken back once set.
        target.denyDelete = existing.denyDelete || wanted.denyDelete
        self.target = target

        var refusals: [String] = []
        func needs<Value: Equatable>(_ what: String, _ is: Value, _ wanted: Value) {
            if `is` != wanted { refusals.append("its \(what) is \(`is`), it must be \(wanted)") }
        }
        needs("storage", existing.storage.rawValue, wanted.storage.rawValue)
        needs("retention", existing.retention.rawValue, wanted.retention.rawValue)
        for (member, sentence) in [
            ("mirror", "it is a mirror of another stream"), ("sealed", "it is sealed: nothing can be stored in it"),
            ("no_ack", "it confirms nothing (no_ack)"), ("deny_purge", "it can't be purged (deny_purge)"),
        ] {
            if let value = json[member], !value.isNull, value.bool != false { refusals.append(sentence) }
        }
        if existing.denyDelete && !wanted.denyDelete {
            refusals.append("its messages can't be deleted (deny_delete)")
        }
        self.refusals = refusals
    }
}
