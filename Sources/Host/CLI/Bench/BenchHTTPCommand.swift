// `jspg bench http`
import ArgumentParser
import Load

struct BenchHTTPCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "http", abstract: "Send one kind of request again and again.",
        discussion: """
            Without --rate each connection sends its next request when the answer to the last has come (closed loop). With \
            --rate requests start at fixed times and wait for a free connection if need be (open loop); latency counts \
            from the intended start, service time from when the request was sent.

            The URL's path and query, the body and the values of headers may have placeholders: {n}, a number that no other \
            request has; {uuid}, a random UUID; {choice:FILE}, a random line of a file. Within a request {n} and {uuid} \
            keep their value.

            Example: jspg bench http http://localhost:3000/things --rate 500 --header 'Idempotency-Key: {uuid}' \
            --body '{"name":"n{n}"}'
            """)

    @Argument(help: "Where requests go: http://host:port/path.")
    var url: String

    @Option(help: "The method. Default: POST with a body, GET without.")
    var method: String?

    @Option(help: "The body. Content-Type is application/json unless a header says otherwise.")
    var body: String?

    @Option(help: "The file that the body is in.")
    var bodyFile: String?

    @Option(help: "A header, as 'Name: value'. Several may be given.")
    var header: [String] = []

    @Option(help: "Requests a second of an open loop.")
    var rate: Double?

    @Option(help: "How many threads send; the connections are shared out among them.")
    var threads = 1

    @Option(help: "Requests under way on each connection (HTTP/1.1 pipelining).")
    var pipeline = 1

    @OptionGroup var options: BenchOptions

    func validate() throws {
        if let rate { try BenchOptions.check(rate: rate) }
        guard threads >= 1, threads <= options.connections, threads <= 256 else {
            throw ValidationError("--threads must be from 1 to 256 and at most --connections.")
        }
        guard (1...1_000).contains(pipeline) else { throw ValidationError("--pipeline must be from 1 to 1000.") }
        guard body == nil || bodyFile == nil else { throw ValidationError("Give --body or --body-file, not both.") }
        _ = try plan()
    }

    func run() async throws {
        let report: HTTPLoadReport
        do {
            report = try await HTTPLoad.run(try plan())
        } catch let error as LoadError {
            throw CommandFailure(error.description)
        }
        if options.json {
            CommandOutput.write(report.json)
        } else {
            var text = BenchReportText()
            text.add(report.tally, rate: report.rate, intendedRate: report.intendedRate)
            text.add("bytes/s", BenchReportText.decimal(Double(report.tally.bytes) / report.seconds, 0))
            text.add("latency", report.latency)
            if report.intendedRate != nil { text.add("service time", report.serviceTime) }
            CommandOutput.write(text.text)
        }
        if report.tally.answered == 0 {
            throw CommandFailure(
                "nothing was answered within \(report.seconds) s: "
                    + (report.tally.failure ?? "the server takes connections and is silent; its log may say why"))
        }
    }

    private func plan() throws -> HTTPLoadPlan {
        let url = try BenchOptions.url(url)
        let text = try body ?? bodyFile.map { String(decoding: try BenchOptions.content($0), as: UTF8.self) }
        let headers = try header.map { line in
            guard let colon = line.firstIndex(of: ":"), !line.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 }) else {
                throw ValidationError("\(line) is no header: it must be one line such as 'Name: value'.")
            }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            return (name: String(line[..<colon]), value: try BenchOptions.template(String(value)))
        }
        let request: RequestTemplate
        do {
            request = try RequestTemplate(
                method: method ?? (text == nil ? "GET" : "POST"), target: try BenchOptions.template(url.target),
                authority: url.authority, headers: headers, body: try text.map(BenchOptions.template))
        } catch let error as LoadError {
            throw ValidationError("\(error).")
        }
        return HTTPLoadPlan(
            url: url, request: request, connections: options.connections, rate: rate, duration: options.duration,
            warmUp: options.warmUp, threads: threads, pipeline: pipeline)
    }
}
