// `jspg bench follow`
import ArgumentParser
import Load

extension FollowMethod: ExpressibleByArgument {}

struct BenchFollowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "follow", abstract: "Send writes at a fixed rate and follow each until it has completed.",
        discussion: """
            An open loop: writes start at fixed times whatever the answers do, and wait for a free connection if need be. \
            Latency counts from a write's intended start to the moment in which its status was read as completed; \
            "accepted" to the answer to the POST.

            poll asks for the status every --poll-interval; long-poll asks with wait=10s; sse reads the status's \
            server-sent events; prefer has the POST itself wait (Prefer: wait=10). Each write gets an Idempotency-Key. What \
            has not ended within 10 s is lost. The body may have placeholders: {n}, {uuid} and {choice:FILE}, as in \
            `jspg bench http`.

            Example: jspg bench follow --gateway http://localhost:3000 --read-api http://localhost:3001 --path /things \
            --body '{"name":"n{n}"}' --by long-poll
            """)

    @Option(help: "The gateway's URL.")
    var gateway: String

    @Option(help: "The read API's URL.")
    var readAPI: String

    @Option(help: "The table's path below the gateway's URL.")
    var path: String

    @Option(help: "The body of the writes.")
    var body: String

    @Option(help: "How the end is learnt.")
    var by: FollowMethod

    @Option(help: "Writes a second.")
    var rate = 200.0

    @Option(help: "Milliseconds from one GET to the next, for poll.")
    var pollInterval = 1.0

    @OptionGroup var options: BenchOptions

    func validate() throws {
        try BenchOptions.check(rate: rate)
        guard pollInterval >= 0, pollInterval <= 10_000 else {
            throw ValidationError("--poll-interval must be from 0 to 10000 milliseconds.")
        }
        guard path.hasPrefix("/"), path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw ValidationError("--path must begin with / and have no spaces.")
        }
        _ = try plan()
    }

    func run() async throws {
        let report: FollowReport
        do {
            report = try await FollowLoad.run(try plan())
        } catch let error as LoadError {
            throw CommandFailure(error.description)
        }
        let tally = report.tally
        if options.json {
            CommandOutput.write(report.json)
        } else {
            var text = BenchReportText()
            text.add(tally.writes, rate: report.rate, intendedRate: report.intendedRate)
            text.add("completed", String(tally.completed))
            text.add("failed", String(tally.failed))
            text.add("lost", String(tally.lost))
            text.add("latency", report.latency)
            text.add("service time", report.serviceTime)
            text.add("accepted", report.accepted)
            CommandOutput.write(text.text)
        }
        if tally.writes.answered == 0 {
            throw CommandFailure(
                "nothing was answered within \(report.seconds) s: "
                    + (tally.writes.failure ?? "the gateway takes connections and is silent; its log may say why"))
        }
    }

    private func plan() throws -> FollowPlan {
        do {
            return try FollowPlan(
                gateway: try BenchOptions.url(gateway), readAPI: try BenchOptions.url(readAPI),
                path: try BenchOptions.template(path), body: try BenchOptions.template(body), method: by, rate: rate,
                duration: options.duration, warmUp: options.warmUp, connections: options.connections,
                pollInterval: pollInterval)
        } catch let error as LoadError {
            throw ValidationError("\(error).")
        }
    }
}
