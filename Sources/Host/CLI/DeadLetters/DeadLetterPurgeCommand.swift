// `jspg dlq purge`
import ArgumentParser
import Glibc

struct DeadLetterPurgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "purge", abstract: "Delete dead letters for good.",
        discussion: "Their operations stay failed. Asks first; --yes answers.")

    @OptionGroup var filter: DeadLetterFilter

    @Flag(help: "Delete without asking.")
    var yes = false

    @OptionGroup var servers: StateOption

    func run() async throws {
        let stream = try await DeadLetterStream(servers)
        let letters = try await stream.letters(filter.matches)
        guard !letters.isEmpty else {
            await stream.close()
            CommandOutput.write(filter.isEverything ? "There are no dead letters." : "No dead letter matches.")
            return
        }
        let what = "\(letters.count) message\(letters.count == 1 ? "" : "s")"
        if !yes {
            guard isatty(STDIN_FILENO) == 1 else {
                await stream.close()
                throw CommandFailure("\(what) would be deleted for good: say --yes")
            }
            CommandOutput.write("Delete \(what) for good? Type yes:")
            guard readLine() == "yes" else {
                await stream.close()
                throw CommandFailure("nothing is deleted")
            }
        }
        for letter in letters { try await stream.delete(letter) }
        await stream.close()
        CommandOutput.step("deleted \(what)")
    }
}
