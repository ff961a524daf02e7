// What a reload did.

/// The outcome of one look at the plugin folder, file by file.
package struct ReloadReport: Sendable {
    package struct Outcome: Sendable {
        package enum Kind: Sendable, Equatable {
            case unchanged
            case loaded
            case replaced
            case removed
            /// The generation before it, if there was one, stays in service.
            case failed(reason: String)

            package var name: String {
                switch self {
                case .unchanged: "unchanged"
                case .loaded: "loaded"
                case .replaced: "replaced"
                case .removed: "removed"
                case .failed: "failed"
                }
            }
        }

        /// The file's name in the plugin folder.
        package let file: String
        package let kind: Kind
        package let tables: [String]
        /// Whether it failed for another file alone.
        var isAboutOtherFile = false
    }

    /// Counts the reloads of this process, from 1.
    package let id: Int
    package let outcomes: [Outcome]

    /// Whether every file is in service as it lies in the folder.
    package var isComplete: Bool {
        outcomes.allSatisfy { if case .failed = $0.kind { false } else { true } }
    }
}
