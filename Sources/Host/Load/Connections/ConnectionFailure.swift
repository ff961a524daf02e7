// Why a request has no answer.

package enum ConnectionFailure: Error, Sendable {
    /// No answer within `ConnectionPool.timeout`.
    case timeout
    /// With what happened, for a person.
    case connection(String)
}
