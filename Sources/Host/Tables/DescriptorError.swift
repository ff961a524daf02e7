// What is wrong with a descriptor.
package import Operations

/// A descriptor that can't be used, with everything that is wrong with it.
package struct DescriptorError: Error, Sendable, CustomStringConvertible {
    /// JSON Pointers into the descriptor.
    package let errors: [FieldError]

    package var description: String {
        errors.map { $0.pointer.isEmpty ? $0.message : "\($0.pointer): \($0.message)" }.joined(separator: "; ")
    }
}
