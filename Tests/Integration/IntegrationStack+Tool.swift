// The command line tool on a running stack.
import Foundation
import Stack

extension IntegrationStack {
    /// Runs `jspg`.
    ///
    /// - Parameter isOnStack: whether the command is about this stack, and takes `--state`.
    /// - Returns: its exit status and everything that it printed.
    func jspg(_ arguments: [String], isOnStack: Bool = true) async throws -> (status: Int32, text: String) {
        let log = "\(state)/jspg-\(UUID().uuidString).log"
        let process = try await ChildProcess.start(
            ChildCommand(binaries + "/jspg", arguments + (isOnStack ? ["--state", state] : []), logFile: log))
        guard case .status(let status) = await process.exit() else { throw StackError("jspg crashed") }
        return (status, try String(contentsOfFile: log, encoding: .utf8))
    }
}
