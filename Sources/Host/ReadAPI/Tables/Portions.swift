// Bytes that are made while somebody takes them.

/// The portions of an answer. At most one is made ahead of whoever takes them, and what makes them is cancelled when nobody
/// can take any more: an answer may never be asked for its body.
final class Portions: Sendable {
    private let made: AsyncThrowingStream<[UInt8], any Error>
    private let wanted: AsyncStream<Void>.Continuation
    private let task: Task<Void, Never>

    /// Starts at once.
    ///
    /// - Parameter make: calls its argument with one portion after the other; that waits until the portion is wanted, and
    ///   throws `CancellationError` when none will be.
    init(_ make: @escaping @Sendable (_ give: ([UInt8]) async throws -> Void) async throws -> Void) {
        let (made, portions) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        let (demand, wanted) = AsyncStream<Void>.makeStream()
        self.made = made
        self.wanted = wanted
        task = Task {
            do {
                try await make { portion in
                    guard await demand.first(where: { _ in true }) != nil else { throw CancellationError() }
                    portions.yield(portion)
                }
                portions.finish()
            } catch {
                portions.finish(throwing: error)
            }
        }
    }

    deinit {
        task.cancel()
    }

    /// The next portion; `nil` after the last. One call at a time.
    ///
    /// - Throws: what made them threw; `CancellationError`.
    func next() async throws -> [UInt8]? {
        wanted.yield()
        var portions = made.makeAsyncIterator()
        if let portion = try await portions.next() { return portion }
        // To a cancelled task a stream ends as if it were complete.
        try Task.checkCancellation()
        return nil
    }
}
