// Waiting for what comes by itself.
import Testing

/// Asks again and again until the condition holds.
///
/// - Parameter what: what is wrong where it does not within 20 s.
func awaiting(_ what: String, _ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while try await !condition() {
        try #require(ContinuousClock.now < deadline, "\(what)")
        try await Task.sleep(for: .milliseconds(50))
    }
}
