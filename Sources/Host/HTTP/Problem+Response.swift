// Problems as Hummingbird's answers.
package import Hummingbird
import HTTPTypes
import NIOCore

extension Problem {
    package var response: Response {
        var headers = headers
        let body = body
        headers[.contentType] = Self.mediaType
        headers[.contentLength] = String(body.count)
        headers[.cacheControl] = "no-store"
        return Response(status: kind.status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
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
