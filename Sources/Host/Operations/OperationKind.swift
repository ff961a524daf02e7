// The four kinds of write.

/// What an operation does to a row. The raw value stands in envelopes, in `write_operations.kind` and in descriptors.
package enum OperationKind: String, Sendable, Hashable, CaseIterable {
    /// `POST /{table}`: a new row.
    case create
    /// `PATCH /{table}/{id}`: the fields given, of a row that exists.
    case update
    /// `PUT /{table}/{id}`: the whole row, whether or not it exists.
    case upsert
    /// `DELETE /{table}/{id}`: a row that exists.
    case delete

    /// The request method by which a client asks for it.
    package var method: String {
        switch self {
        case .create: "POST"
        case .update: "PATCH"
        case .upsert: "PUT"
        case .delete: "DELETE"
        }
    }
}
