// `jspg bench …`
import ArgumentParser

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Put a load on a server and measure how it answers.",
        discussion: """
            Closed loop (no --rate): each connection sends its next request when the answer to the last has come, which \
            finds out how much a server can do. Open loop (--rate): requests start at fixed times whatever the answers do, \
            and latency counts from the intended start, so that a server that stalls can't hide it.
            """,
        subcommands: [BenchHTTPCommand.self, BenchFollowCommand.self])
}
