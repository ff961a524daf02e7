// Ends with each test what it has started.
import Testing

/// Gives each test a `Teardown`, which runs when the test has ended, passed or not.
struct TeardownTrait: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    /// Each run of a test function has one, suites have none.
    func scopeProvider(for test: Test, testCase: Test.Case?) -> TeardownTrait? { testCase == nil ? nil : self }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let teardown = Teardown()
        let watch = IssueHandlingTrait.compactMapIssues { issue in
            teardown.noteFailure()
            return issue
        }
        do {
            try await Teardown.$current.withValue(teardown) {
                try await watch.provideScope(for: test, testCase: testCase, performing: function)
            }
        } catch {
            teardown.noteFailure()
            await Self.run(teardown)
            throw error
        }
        await Self.run(teardown)
    }

    /// In a task of its own, which the test's time limit does not cancel.
    private static func run(_ teardown: Teardown) async { await Task { await teardown.run() }.value }
}

extension Trait where Self == TeardownTrait {
    /// What a test adds to `Teardown.current` is done when it is over.
    static var teardown: Self { Self() }
}
