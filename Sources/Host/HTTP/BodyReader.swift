// Reads a request's body within limits.
import HTTPTypes
package import Hummingbird
import NIOCore

extension Problem {
    /// 503: all bodies together are as large as they may be.
    package static let noRoomForBody = Problem(
        .overloaded, "The server holds as many request bodies as it may. Repeat the request."
    ).retryAfter(.seconds(1))
}

/// Collects request bodies: one larger than the limit is 413, and all together never hold more than the budget (503).
package struct BodyReader: Sendable {
    private let limit: Int
    private let budget: ByteBudget

    /// - Parameter limit: the largest body in bytes.
    package init(limit: Int, budget: ByteBudget) {
        self.limit = limit
        self.budget = budget
    }

    /// Collects the body and hands it to `body`; the budget is given back when that returns.
    ///
    /// - Throws: `Problem`; errors of the connection; what `body` throws.
    package func withBody<Result>(
        of request: Request, _ body: ([UInt8]) async throws -> Result
    ) async throws -> Result {
        // A length that is told is refused before a byte of it is read.
        let announced = request.headers[.contentLength].flatMap { Int($0) } ?? 0
        guard announced <= limit else { throw Problem.bodyTooLarge(limit: limit) }
        var taken = 0
        defer { budget.release(taken) }
        // Taken as it comes: an announcement alone must not keep others' bodies out.
        var bytes: [UInt8] = []
        for try await buffer in request.body {
            let count = bytes.count + buffer.readableBytes
            guard count <= limit else { throw Problem.bodyTooLarge(limit: limit) }
            try take(buffer.readableBytes, &taken)
            if bytes.isEmpty {
                bytes = Array(buffer.readableBytesView)
                if announced > bytes.count { bytes.reserveCapacity(announced) }
            } else {
                bytes.append(contentsOf: buffer.readableBytesView)
            }
        }
        return try await body(bytes)
    }

    private func take(_ count: Int, _ taken: inout Int) throws {
        guard count > 0 else { return }
        guard budget.take(count) else { throw Problem.noRoomForBody }
        taken += count
    }
}
