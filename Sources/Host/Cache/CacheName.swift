// The keys in Redis.
package import Operations

package enum CacheName {
    /// Holds the namespace's token. Has no time to live; where it is missing, nothing in the namespace counts.
    package static func generation(table: String) -> String { "jspg:generation:\(table)" }

    /// - Parameter key: names the query inside its table: a digest, or a text without spaces.
    package static func entry(table: String, key: String) -> String { "jspg:entry:\(table):\(key)" }

    package static func status(_ operationID: OperationID) -> String { "status:\(operationID)" }
}
