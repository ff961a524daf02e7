// `jspg dlq …`
import ArgumentParser

struct DeadLetterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dlq",
        abstract: "Look at the messages that no processor could apply; put them back or delete them.",
        discussion: """
            A message goes to the dead-letter stream WRITES_DLQ where its bytes name no operation, where the plugin crashed \
            on it or the processor ended over it too often, or where no processor ever served its table. Reads NATS_URL, \
            DATABASE_URL and REDIS_URL, or takes the servers of the developer stack in --state.
            """,
        subcommands: [
            DeadLetterListCommand.self, DeadLetterShowCommand.self, DeadLetterReplayCommand.self,
            DeadLetterPurgeCommand.self,
        ])
}
