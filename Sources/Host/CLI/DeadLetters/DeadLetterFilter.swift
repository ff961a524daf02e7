// Which dead letters a command is about.
import ArgumentParser
import Operations

/// `--table`, `--operation`, `--error` and numbers; all given must hold.
struct DeadLetterFilter: ParsableArguments {
    @Argument(help: "Numbers of dead letters, as `jspg dlq list` shows them.")
    var numbers: [UInt64] = []

    @Option(help: "Only those of a table.")
    var table: String?

    @Option(help: "Only that of an operation.")
    var operation: String?

    @Option(name: .customLong("error"), help: "Only those whose reason contains this text.")
    var reason: String?

    func validate() throws {
        if let operation, OperationID(operation) == nil {
            throw ValidationError("--operation must be an operation id, a UUID.")
        }
    }

    var isEverything: Bool { numbers.isEmpty && table == nil && operation == nil && reason == nil }

    func matches(_ letter: DeadLetter) -> Bool {
        (numbers.isEmpty || numbers.contains(letter.number)) && (table == nil || letter.table == table)
            && (operation.map { letter.operationID == OperationID($0) } ?? true)
            && (reason.map { letter.reason.lowercased().contains($0.lowercased()) } ?? true)
    }
}
