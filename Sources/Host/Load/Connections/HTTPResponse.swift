// An answer, as far as a load looks at it.

package struct HTTPResponse: Sendable, Equatable {
    /// 200 to 999.
    package let status: Int
    /// Whether the server takes another request on the connection.
    package let keepsConnection: Bool
    /// Of head and body, as they came.
    package let byteCount: Int
}
