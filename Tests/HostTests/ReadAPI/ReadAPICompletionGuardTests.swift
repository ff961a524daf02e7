// How long the end of an operation may not have been seen to.
import Testing

@testable import ReadAPI

@Suite("Completion guard")
struct ReadAPICompletionGuardTests {
    @Test("nothing that may still be cached is older than what is seen to")
    func horizon() {
        for lifetime in [Duration.seconds(1), .seconds(30), .seconds(600), .seconds(3_600)] {
            #expect(CompletionGuard.horizon(cacheLifetime: lifetime) > max(.seconds(600), lifetime))
        }
    }
}
