// What a plugin says about a write, as the operation's end.
import Operations
import PluginHost

extension PluginRejection {
    /// How the operation ends.
    func operationError(table: String) -> OperationError {
        isFault
            ? OperationError(
                code: OperationError.Code.pluginFailed, message: "The plugin of \(table) failed: \(sentence)",
                status: 500)
            : .validationFailed(errors)
    }
}

extension OperationError {
    /// A body that is wrong.
    static func validationFailed(_ errors: [FieldError]) -> OperationError {
        OperationError(
            code: Code.validationFailed,
            message: errors.count == 1
                ? errors[0].message : "The body has \(errors.count) errors; the first: \(errors[0].message)",
            status: 400, errors: errors)
    }
}
