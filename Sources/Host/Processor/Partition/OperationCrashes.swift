// What is known of operations that took a process down: pure.
import Operations
import PluginHost

/// Decides by the crash records of one plugin which messages go alone and which are given up.
///
/// Where `AttemptCaution` infers from positions, this knows the operation: a plugin's crash leaves its name. Records lie
/// on the machine where it happened; elsewhere the positions have to do.
struct OperationCrashes {
    private let history: CrashHistory
    private let plugin: PluginIdentity

    init(_ history: CrashHistory, of plugin: PluginIdentity) {
        self.history = history
        self.plugin = plugin
    }

    private func records(of message: WriteMessage) -> [CrashRecord] {
        (message.recordedID ?? message.operationID).map { history.records(of: $0, in: plugin.hash) } ?? []
    }

    /// A sentence where the plugin crashed on the operation too often; `nil` where it may be tried.
    func reasonToGiveUp(_ message: WriteMessage) -> String? {
        guard !history.isEmpty else { return nil }
        let proven = records(of: message).filter(\.isProven)
        guard proven.count >= CrashHistory.maximumCrashesOfOperation, let last = proven.last else { return nil }
        return "The plugin \(plugin.name) \(last.sentence) on this operation, \(proven.count) times: it was given up."
    }

    /// How many messages from the first on can go in one batch: up to the next one that has to go alone.
    func batchablePrefixCount(_ messages: ArraySlice<WriteMessage>) -> Int {
        guard !history.isEmpty else { return messages.count }
        let next = messages.firstIndex { !records(of: $0).isEmpty } ?? messages.endIndex
        return max(1, next - messages.startIndex)
    }
}
