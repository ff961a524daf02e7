// Columns of text.

extension String {
    /// Followed by spaces up to a width, by one at least.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - count))
    }
}
