// An answer whose body is in memory, whoever sends it.
package import HTTPTypes
package import Hummingbird
import NIOCore

/// Status, fields and body of an answer. The router and the fast lane make theirs of the same one.
package struct BufferedResponse: Sendable {
    package typealias Field = (name: HTTPField.Name, value: String)

    package let status: HTTPResponse.Status
    /// In order; the body's length is none of them.
    package var fields: [Field]
    package let body: [UInt8]

    package init(status: HTTPResponse.Status, fields: [Field], body: [UInt8]) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    package init(_ problem: Problem) {
        status = problem.kind.status
        fields = problem.headers.map { ($0.name, $0.value) }
        fields.append((.contentType, Problem.mediaType))
        fields.append((.cacheControl, "no-store"))
        body = problem.body
    }

    /// As the router sends it.
    package var response: Response {
        var headers = HTTPFields()
        for (name, value) in fields { headers.append(HTTPField(name: name, value: value)) }
        headers[.contentLength] = String(body.count)
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}

extension Problem {
    /// As the router sends it.
    package var response: Response { BufferedResponse(self).response }
}

extension Response {
    /// An answer with a body of bytes.
    package init(status: HTTPResponse.Status, mediaType: String, headers: HTTPFields = [:], bytes: [UInt8]) {
        var headers = headers
        headers[.contentType] = mediaType
        headers[.contentLength] = String(bytes.count)
        self.init(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
