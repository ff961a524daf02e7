// `jspg dlq replay`
import ArgumentParser
import Operations
import Postgres
import Redis

struct DeadLetterReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Put dead letters back, so that they are tried again.",
        discussion: """
            The operation keeps its id, and its status is queued again. Doing it twice is harmless. First mend what made \
            them fail: install a mended plugin, or `jspg plugin release` one that may be tried again as it is.

            Without a filter all are put back.
            """)

    @OptionGroup var filter: DeadLetterFilter
    @OptionGroup var servers: StateOption

    func run() async throws {
        let stream = try await DeadLetterStream(servers)
        let letters = try await stream.letters(filter.matches)
        guard !letters.isEmpty else {
            await stream.close()
            CommandOutput.write(filter.isEverything ? "There are no dead letters." : "No dead letter matches.")
            return
        }
        let database = try await servers.database()
        let redis = try servers.redis()
        try? await redis.ready(within: .seconds(2))
        var undecided: [DeadLetter] = []
        for letter in letters where !letter.lacksPayload {
            guard try await stream.replay(letter, database: database, redis: redis) else {
                undecided.append(letter)
                continue
            }
            CommandOutput.write("\(letter.number)  \(letter.operationID?.description ?? letter.originalSubject)")
        }
        await redis.close()
        await database.close()
        await stream.close()
        let lost = letters.filter(\.lacksPayload)
        let count = letters.count - lost.count - undecided.count
        CommandOutput.step("put \(count) message\(count == 1 ? "" : "s") back")
        var failures: [String] = []
        if !lost.isEmpty {
            failures.append(
                "of \(Self.numbers(lost)) only the headers were kept, since the payload was too large: these can't be put back"
            )
        }
        if !undecided.isEmpty {
            failures.append(
                "the failure of \(Self.numbers(undecided)) is not recorded yet, since PostgreSQL holds it up: try again in a "
                    + "moment")
        }
        guard failures.isEmpty else { throw CommandFailure(failures.joined(separator: "; ")) }
    }

    private static func numbers(_ letters: [DeadLetter]) -> String {
        letters.map { String($0.number) }.joined(separator: ", ")
    }
}
