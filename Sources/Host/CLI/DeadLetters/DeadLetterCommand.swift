// `jspg dlq …`
import ArgumentParser

struct DeadLetterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dlq",
        abstract: "Look at the messages that no processor could apply; put them back or delete them.",
        discussion: """
            A message goes to the dead-letter stream WRITES_DLQ where its bytes name no operation, where the plugin crashed \
            on it or the processor ended over it too often, or where no processor ever served its table.

            Needs to know the servers: those of the developer stack that --state names; else those in NATS_URL (with \
            NATS_CA_FILE, NATS_CREDENTIALS_FILE), DATABASE_URL and REDIS_URL, as the hosts have them; else those of a stack \
            in .jspg. On a machine with hosts, first:

              set -a; . /etc/jspg/jspg.env; set +a
            """,
        subcommands: [
            DeadLetterListCommand.self, DeadLetterShowCommand.self, DeadLetterReplayCommand.self,
            DeadLetterPurgeCommand.self,
        ])
}
