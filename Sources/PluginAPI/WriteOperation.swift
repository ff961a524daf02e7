// What a write does.
import CPluginABI

/// The operation of a write, by HTTP method.
public enum WriteOperation: String, Sendable, Hashable, CaseIterable {
    /// `POST`: a new row.
    case create
    /// `PATCH`: the members given; the body may leave out any of them.
    case update
    /// `PUT`: the whole row.
    case upsert
    /// `DELETE`: no body.
    case delete

    /// `nil` for an operation that a newer host knows and this build does not.
    init?(abi operation: jspg_operation) {
        switch Int(operation) {
        case JSPG_CREATE: self = .create
        case JSPG_UPDATE: self = .update
        case JSPG_UPSERT: self = .upsert
        case JSPG_DELETE: self = .delete
        default: return nil
        }
    }
}
