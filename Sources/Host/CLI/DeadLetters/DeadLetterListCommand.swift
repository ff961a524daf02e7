// `jspg dlq list`
import ArgumentParser
import JSON
import Operations

struct DeadLetterListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List dead letters, oldest first.")

    @OptionGroup var filter: DeadLetterFilter

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var servers: StateOption

    func run() async throws {
        let stream = try await DeadLetterStream(servers)
        let letters = try await stream.letters(filter.matches)
        await stream.close()
        if json {
            var writer = JSONWriter()
            writer.beginArray()
            for letter in letters { letter.write(to: &writer) }
            writer.endArray()
            CommandOutput.write(String(decoding: writer.bytes, as: UTF8.self))
        } else if letters.isEmpty {
            CommandOutput.write(filter.isEverything ? "There are no dead letters." : "No dead letter matches.")
        } else {
            var table = TextTable(["number", "stored", "table", "operation", "reason"])
            for letter in letters {
                table.add([
                    String(letter.number), String(letter.storedAt.prefix(19)), letter.table,
                    letter.operationID?.description ?? "(none)", letter.reason,
                ])
            }
            CommandOutput.write(table.text)
        }
    }
}
