// Memory that lives as long as the process, as a generation does.

extension UnsafeBufferPointer {
    /// Copies elements into memory that is never freed: reading them counts no references.
    init(neverFreed elements: [Element]) {
        let buffer = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count)
        _ = buffer.initialize(from: elements)
        self.init(buffer)
    }
}
