// How a host's HTTP server listens.
package import HTTPTypes

/// Address, port and limits of the HTTP server of a host.
package struct HTTPServerConfiguration: Sendable {
    /// An address or name to listen on; `0.0.0.0` for all of IPv4.
    package var host: String
    /// 0 takes any free port.
    package var port: Int
    /// The largest request line and header section in bytes.
    package var maximumHeaderBytes: Int
    /// The largest request body in bytes: a client that asks first gets no leave to send a larger one.
    package var maximumBodyBytes: Int
    /// A connection without a request for this long is closed.
    package var idleTimeout: Duration
    /// Which requests may have a body of any size, that is read as it comes.
    package var streamsBody: @Sendable (HTTPRequest) -> Bool

    package init(
        host: String, port: Int, maximumHeaderBytes: Int = 16_384, maximumBodyBytes: Int = 1_048_576,
        idleTimeout: Duration = .seconds(75), streamsBody: @escaping @Sendable (HTTPRequest) -> Bool = { _ in false }
    ) {
        self.host = host
        self.port = port
        self.maximumHeaderBytes = maximumHeaderBytes
        self.maximumBodyBytes = maximumBodyBytes
        self.idleTimeout = idleTimeout
        self.streamsBody = streamsBody
    }
}
