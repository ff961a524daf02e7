// Why an operation ended `failed`.
package import JSON

/// The outcome of a failed operation, as a client reads it: no value of another row, no SQL, no secret.
package struct OperationError: Error, Sendable, Hashable {
    /// Snake case, stable, for programs; see `Code`.
    package let code: String
    /// A sentence for people.
    package let message: String
    /// The HTTP status that a synchronous API would have answered with: 400, 404, 409, 422 or 500.
    package let status: Int
    /// The PostgreSQL constraint that refused the row, where one did.
    package let constraint: String?
    /// The places in the body that were wrong, where that is the reason.
    package let errors: [FieldError]

    package init(
        code: String, message: String, status: Int, constraint: String? = nil, errors: [FieldError] = []
    ) {
        self.code = code.withoutNUL
        self.message = message.withoutNUL
        self.status = status
        self.constraint = constraint
        self.errors = errors
    }

    /// Codes that the hosts themselves give. Plugins add their own.
    package enum Code {
        package static let notFound = "not_found"
        package static let uniqueViolation = "unique_violation"
        package static let foreignKeyViolation = "foreign_key_violation"
        package static let notNullViolation = "not_null_violation"
        package static let checkViolation = "check_violation"
        package static let exclusionViolation = "exclusion_violation"
        package static let invalidData = "invalid_data"
        package static let validationFailed = "validation_failed"
        package static let keyReuse = "idempotency_key_reuse"
        package static let unknownTable = "unknown_table"
        package static let unknownOperation = "unknown_operation"
        package static let unsupportedSchemaVersion = "unsupported_schema_version"
        package static let poison = "poison_message"
        package static let databaseError = "database_error"
        package static let pluginFailed = "plugin_failed"
    }

    /// What a client learns whose key was used before for another request: nothing was written for it.
    package static let keyReuse = OperationError(
        code: Code.keyReuse,
        message: "The idempotency key was used before for another request. Nothing was changed; send a new key.",
        status: 422)

    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("code", code)
        writer.member("message", message)
        writer.member("status", status)
        if let constraint { writer.member("constraint", constraint) }
        if !errors.isEmpty {
            writer.name("errors")
            writer.beginArray()
            for error in errors { error.write(to: &writer) }
            writer.endArray()
        }
        writer.endObject()
    }

    /// The JSON that `write_operations.error` holds.
    package var json: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }

    /// `nil` where `code` or `message` is missing.
    package init?(_ value: JSONValue) {
        guard let code = value["code"]?.string, let message = value["message"]?.string else { return nil }
        self.init(
            code: code, message: message,
            status: value["status"]?.int64.map(Int.init(clamping:)) ?? 500,
            constraint: value["constraint"]?.string,
            errors: value["errors"]?.elements.compactMap(FieldError.init) ?? [])
    }
}
