// Builds the HTTP server of a host.
package import Hummingbird
package import Logging
package import NIOCore
import ServiceLifecycle

/// A service that serves one router until it is told to stop, then finishes the requests in hand.
package struct HTTPServer<Context: RequestContext>: Service
where Context: InitializableFromSource<ApplicationRequestContextSource> {
    private let application: Application<RouterResponder<Context>>
    private let configuration: HTTPServerConfiguration

    /// - Parameters:
    ///   - router: with every route; `ProblemMiddleware` was added before them.
    ///   - channelHandlers: further handlers for each connection, between the HTTP decoder and Hummingbird: a fast lane
    ///     that serves hot routes itself. They keep answers in the order of requests.
    ///   - onListening: called once with the bound port.
    package init(
        router: Router<Context>, configuration: HTTPServerConfiguration, logger: Logger,
        channelHandlers: @escaping @Sendable () -> [any RemovableChannelHandler] = { [] },
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.configuration = configuration
        let maximumHeaderBytes = configuration.maximumHeaderBytes
        let maximumBodyBytes = configuration.maximumBodyBytes
        application = Application(
            responder: router.buildResponder(),
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [
                        ConnectionGuard(maximumHeaderBytes: maximumHeaderBytes, maximumBodyBytes: maximumBodyBytes)
                    ] + channelHandlers(),
                    idleTimeout: TimeAmount(configuration.idleTimeout),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: maximumHeaderBytes, maxHeaderListSize: maximumHeaderBytes,
                        maxHeaderFieldCount: 128))),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), backlog: 1_024),
            onServerRunning: { channel in
                if let port = channel.localAddress?.port { onListening(port) }
            },
            logger: logger)
    }

    /// - Throws: `HostFailure` where the address can't be listened on.
    package func run() async throws {
        do {
            try await application.run()
        } catch let error as IOError {
            throw HostFailure(binding: configuration, errorCode: error.errnoCode)
        } catch let error as SocketAddressError {
            throw HostFailure("The address \(configuration.host) of HOST can't be used: \(error).")
        }
    }
}
