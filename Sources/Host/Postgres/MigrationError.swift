// Why a schema can't be brought up to date.

/// A fault in a set of migrations. The description is a sentence for an operator.
package enum MigrationError: Error, Sendable, Equatable, CustomStringConvertible {
    case changed(owner: String, version: Int, name: String)
    case missing(owner: String, version: Int, name: String)
    case unordered(owner: String, version: Int)
    case busy(owner: String)
    case failed(owner: String, version: Int, name: String, reason: String)

    package var description: String {
        switch self {
        case .changed(let owner, let version, let name):
            "Migration \(version) (\(name)) of \(owner) was changed after it had been applied. Restore it as it was, "
                + "and put the change into a new migration."
        case .missing(let owner, let version, let name):
            "Migration \(version) (\(name)) of \(owner) is applied in the database, and this version does not know "
                + "it. Use a version that is at least as new as the one that applied it."
        case .unordered(let owner, let version):
            "The migrations of \(owner) are not numbered 1, 2, 3 …: \(version) is out of place."
        case .busy(let owner):
            "The migrations of \(owner) wait: another host applies migrations."
        case .failed(let owner, let version, let name, let reason):
            "Migration \(version) (\(name)) of \(owner) failed and was rolled back: \(reason)"
        }
    }
}
