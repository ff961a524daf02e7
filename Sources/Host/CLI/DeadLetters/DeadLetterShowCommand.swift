// `jspg dlq show`
import ArgumentParser
import JetStream

struct DeadLetterShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a dead letter whole: its headers and its bytes.",
        discussion: "The bytes are a client's data.")

    @Argument(help: "Its number, as `jspg dlq list` shows it.")
    var number: UInt64

    @OptionGroup var servers: StateOption

    func run() async throws {
        let stream = try await DeadLetterStream(servers)
        let letter = try await stream.letters { $0.number == number }.first
        await stream.close()
        guard let letter else { throw CommandFailure("there is no dead letter \(number); `jspg dlq list` shows all") }
        CommandOutput.write("stored: \(letter.storedAt)")
        for field in letter.message.headers.fields { CommandOutput.write("\(field.name): \(field.value)") }
        // Bytes that no terminal should get are shown as what stands for them.
        let text = String(decoding: letter.message.payload, as: UTF8.self)
        let shown = text.unicodeScalars.map { scalar in
            scalar.value < 0x20 && scalar != "\n" && scalar != "\t" || scalar.value == 0x7F
                ? "\u{FFFD}" : String(scalar)
        }
        CommandOutput.write("\n" + shown.joined())
    }
}
