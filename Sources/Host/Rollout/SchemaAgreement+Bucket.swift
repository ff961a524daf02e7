// What the hosts agree on, as the bucket has it.
import JetStream
import JSON
import PluginHost

extension SchemaAgreement {
    /// Takes an entry of the bucket.
    mutating func take(_ entry: KeyValueEntry) {
        let parts = entry.key.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return }
        let value = entry.operation == .put ? (try? JSONDocument(parsing: entry.value))?.root : nil
        if parts[0] == "active" {
            let schema = value.flatMap { ActiveSchema($0) }
            handle(.active(table: parts[1], schema, revision: entry.revision))
        } else if entry.key.hasPrefix("host.\(PluginHost.Role.processor.rawValue).") {
            let versions = value.map { value in
                Dictionary(value.members.compactMap { name, value in value.int64.map { (name, Int($0)) } }) { $1 }
            }
            handle(.processor(id: entry.key, versions: versions))
        }
    }
}

extension ActiveSchema {
    init?(_ json: JSONValue) {
        guard let version = json["version"]?.int64, let highest = json["highest"]?.int64 else { return nil }
        self.init(version: Int(version), highest: Int(highest))
    }

    var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("version", version)
        writer.member("highest", highest)
        writer.endObject()
        return writer.bytes
    }
}
