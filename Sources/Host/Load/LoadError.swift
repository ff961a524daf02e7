// Why a load can't be made or brought nothing.

/// A sentence for the person who asked for the load: what was wrong, and what to do.
package struct LoadError: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
