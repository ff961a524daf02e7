// One statement of a pipeline.

/// SQL with the values of its parameters. Values never become part of the text.
package struct PostgresStatement: Sendable {
    package let sql: String
    package let parameters: [PostgresValue]
    /// Whether the server keeps a plan for the text: off for texts that hardly ever come again.
    package let isPrepared: Bool

    package init(_ sql: String, _ parameters: [PostgresValue] = [], isPrepared: Bool = true) {
        self.sql = sql
        self.parameters = parameters
        self.isPrepared = isPrepared
    }
}
