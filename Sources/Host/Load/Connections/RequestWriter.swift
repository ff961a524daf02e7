// Writing the same kind of request again and again.
package import NIOCore

/// Renders a template with new values each time. It belongs to one thread.
package struct RequestWriter {
    private let template: RequestTemplate
    private let fixed: [UInt8]?
    private var values: RequestValues
    private var scratch = ByteBuffer()

    package init(_ template: RequestTemplate, values: RequestValues) {
        self.template = template
        self.values = values
        var whole: [UInt8]?
        if let head = template.head.fixed {
            if let body = template.body {
                whole = body.fixed.map { head + Array("Content-Length: \($0.count)\r\n\r\n".utf8) + $0 }
            } else {
                whole = head
            }
        }
        fixed = whole
    }

    /// Appends one request.
    package mutating func write(into buffer: inout ByteBuffer) {
        if let fixed {
            buffer.writeBytes(fixed)
            return
        }
        values.advance()
        template.head.render(into: &buffer, &values)
        guard let body = template.body else { return }
        // Its length comes first.
        scratch.clear()
        body.render(into: &scratch, &values)
        buffer.writeStaticString("Content-Length: ")
        RequestValues.write(UInt64(scratch.readableBytes), into: &buffer)
        buffer.writeStaticString("\r\n\r\n")
        buffer.writeImmutableBuffer(scratch)
    }
}
