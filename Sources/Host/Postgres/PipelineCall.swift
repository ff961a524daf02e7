// A statement on its way to the server.

/// A statement with the name under which the server knows its text.
struct PipelineCall {
    let statement: PostgresStatement
    /// `nil`: sent unnamed, planned for this once.
    let name: String?
    let mustPrepare: Bool
}
