// Waiting for what comes by itself.
import Testing

/// Asks again and again until the condition holds.
///
/// - Parameters:
///   - what: what is wrong where it does not in time.
///   - limit: how long it is asked for.
func awaiting(
    _ what: String, within limit: Duration = .seconds(20), _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        try #require(ContinuousClock.now < deadline, "\(what)")
        try await Task.sleep(for: .milliseconds(50))
    }
}

/// Reads until the answer comes from the cache: entries are stored behind an answer's back.
@discardableResult
func awaitHit(_ url: String) async throws -> Answer {
    let deadline = ContinuousClock.now + .seconds(20)
    while true {
        let answer = try await HTTPCalls.get(url)
        if answer.header("X-Cache") == "hit" { return answer }
        try #require(ContinuousClock.now < deadline, "\(url) never comes from the cache")
        try await Task.sleep(for: .milliseconds(20))
    }
}
