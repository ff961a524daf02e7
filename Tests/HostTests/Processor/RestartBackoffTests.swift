// What fails again and again.
import Testing

@testable import Processor

@Suite("Pace of restarts")
struct RestartBackoffTests {
    @Test("what fails at once is started again later and later, and logged the first and each tenth time")
    func fails() {
        var pace = RestartBackoff()
        var logged: [Int] = []
        for failure in 1...21 {
            if pace.fail(after: .zero) { logged.append(failure) }
            if failure == 1 { #expect(pace.delay == .milliseconds(200)) }
        }
        #expect(logged == [1, 11, 21])
        #expect(pace.delay == .seconds(5))
    }

    @Test("what went well for a minute starts afresh")
    func well() {
        var pace = RestartBackoff()
        for _ in 0..<8 { _ = pace.fail(after: .seconds(59)) }
        #expect(pace.failures == 8)
        let isLogged = pace.fail(after: .seconds(60))
        #expect(isLogged && pace.failures == 1 && pace.delay == .milliseconds(200))
    }
}
