// Why a server of the developer stack can't run.

/// A failure while starting or stopping servers: a sentence that says what to do.
package struct StackError: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
