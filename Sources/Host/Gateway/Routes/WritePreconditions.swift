// Preconditions of writes.
import HTTP
import HTTPTypes

/// What a client demands of a row's state before it writes (RFC 9110, 13.1).
enum WritePreconditions {
    /// The gateway stores writes and knows no row's state: to pass over such a demand would lose another client's update.
    /// `If-None-Match` with tags is let pass: it tells what a client has cached, and no update is lost by it.
    ///
    /// - Throws: `Problem`, 501 where the answer depends on what is stored.
    static func check(_ headers: HTTPFields) throws(Problem) {
        let demand: HTTPField.Name? =
            if headers[.ifMatch] != nil {
                .ifMatch
            } else if headers[.ifUnmodifiedSince] != nil {
                .ifUnmodifiedSince
            } else if headers[values: .ifNoneMatch].contains(where: isAny) {
                .ifNoneMatch
            } else {
                nil
            }
        guard let demand else { return }
        throw Problem(
            .notImplemented,
            "\(demand.rawName) can't be evaluated: writes are stored here and applied to their rows later. Nothing was "
                + "stored. Repeat the request without it.")
    }

    private static func isAny(_ value: String) -> Bool { value.filter { $0 != " " && $0 != "\t" } == "*" }
}
