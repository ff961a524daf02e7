// JetStream over a NATS connection, by its JSON API.
import JSON

/// Streams, consumers and messages of one JetStream account. A value: copy it freely.
///
/// JetStream's API is spoken directly (ADR-1, nats-io/nats-architecture-and-design) since atomic batches, priority
/// groups and batched gets have no calls in libnats 3.4.
package struct JetStream: Sendable {
    package let connection: NATSConnection
    /// For each request of the API, and the default for publishing.
    package let requestTimeout: Duration

    package init(_ connection: NATSConnection, requestTimeout: Duration = .seconds(5)) {
        self.connection = connection
        self.requestTimeout = requestTimeout
    }

    /// Asks `$JS.API.{subject}`.
    ///
    /// - Returns: the answer, which has no member `error`.
    func api(_ subject: String, _ body: [UInt8] = [], timeout: Duration? = nil) async throws(JetStreamError)
        -> JSONValue
    {
        let answer: NATSMessage
        do throws(NATSError) {
            answer = try await connection.request(
                "$JS.API." + subject, payload: body, timeout: timeout ?? requestTimeout)
        } catch {
            throw JetStreamError(error)
        }
        return try Self.object(in: answer.payload)
    }

    /// Parses an answer, and throws the error in it if it has one.
    static func object(in payload: [UInt8]) throws(JetStreamError) -> JSONValue {
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(parsing: payload)
        } catch {
            throw JetStreamError(.unexpectedAnswer, "the answer is not JSON")
        }
        if let error = document.root["error"], !error.isNull { throw JetStreamError(answer: error) }
        return document.root
    }

    /// Names of streams and consumers go into subjects: no blanks, dots, wildcards, slashes or control characters.
    static func check(name: String) throws(JetStreamError) {
        let isName = !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && !".*>/\\".utf8.contains($0) }
        guard isName else {
            throw JetStreamError(.refused, "\"\(name)\" can't be the name of a stream, consumer or bucket")
        }
    }
}
