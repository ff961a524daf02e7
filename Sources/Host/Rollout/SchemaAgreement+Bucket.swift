// What the hosts agree on, as the bucket has it.
import JetStream
import JSON
import PluginHost

extension SchemaAgreement {
    /// Takes an entry of the bucket.
    mutating func take(_ entry: KeyValueEntry) {
        let value = entry.operation == .put ? (try? JSONDocument(parsing: entry.value))?.root : nil
        switch RolloutKey(entry.key) {
        case .active(let table):
            let schema = value.flatMap { ActiveSchema($0) }
            handle(.active(table: table, schema, revision: entry.revision))
        case .host(.processor, _):
            let versions = value.map { value in
                Dictionary(value.members.compactMap { name, value in value.int64.map { (name, Int($0)) } }) { $1 }
            }
            handle(.processor(id: entry.key, versions: versions))
        case .host, nil: break
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
