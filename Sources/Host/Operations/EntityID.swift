// The identity of the row that an operation is about.

/// Entity ids travel as text: a lower-case UUID where the key is a `uuid`, any text where it is a `text`.
package enum EntityID {
    /// The id of the row that a `create` makes. It follows from the request, so that the same request has the
    /// same entity whatever happened in between.
    package static func derived(table: String, operationID: OperationID) -> String {
        OperationID.derived(from: "entity", table, operationID.description).description
    }
}
