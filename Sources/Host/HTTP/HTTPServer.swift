// Builds the HTTP server of a host.
import Hosting
package import Hummingbird
package import Logging
import NIOCore
import ServiceLifecycle
package import Telemetry

/// A service that serves one router until it is told to stop, then finishes the requests in hand.
package struct HTTPServer<Context: RequestContext>: Service
where Context: InitializableFromSource<ApplicationRequestContextSource> {
    private let application: Application<RouterResponder<Context>>
    private let configuration: HTTPServerConfiguration

    /// - Parameters:
    ///   - router: with every route; `ProblemMiddleware` was added before them.
    ///   - fastLane: serves hot routes before the router.
    ///   - registry: where the requests are counted that were answered so.
    package init(
        router: Router<Context>, configuration: HTTPServerConfiguration, logger: Logger,
        fastLane: (any FastResponder)? = nil, registry: MetricRegistry? = nil
    ) {
        self.configuration = configuration
        let answers = registry?.counter(
            "jspg_http_fast_answers_total", help: "Requests that were answered before the router.")
        application = Application(
            responder: router.buildResponder(),
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: Self.channelHandlers(configuration, fastLane, answers),
                    // The lane looks after idle connections: nobody behind it sees all of the traffic.
                    idleTimeout: nil,
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: configuration.maximumHeaderBytes,
                        maxHeaderListSize: configuration.maximumHeaderBytes, maxHeaderFieldCount: 128))),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), backlog: 1_024),
            logger: logger)
    }

    private static func channelHandlers(
        _ configuration: HTTPServerConfiguration, _ fastLane: (any FastResponder)?, _ answers: MetricCounter?
    ) -> [any RemovableChannelHandler] {
        let connection = ConnectionGuard(
            maximumHeaderBytes: configuration.maximumHeaderBytes, maximumBodyBytes: configuration.maximumBodyBytes,
            streamsBody: configuration.streamsBody)
        return [
            connection,
            FastLaneInsertion(
                FastLane(
                    fastLane ?? NoFastRoutes(), before: connection, answers: answers,
                    maximumHeaderBytes: configuration.maximumHeaderBytes,
                    maximumBodyBytes: configuration.maximumBodyBytes,
                    idleTimeout: TimeAmount(configuration.idleTimeout))),
        ]
    }

    /// - Throws: `HostFailure` where the address can't be listened on.
    package func run() async throws {
        do {
            try await application.run()
        } catch let error as IOError {
            throw HostFailure(binding: configuration.host, port: configuration.port, errorCode: error.errnoCode)
        } catch let error as SocketAddressError {
            throw HostFailure("The address \(configuration.host) of HOST can't be used: \(error).")
        }
    }
}

/// Where the router has to see every request.
private struct NoFastRoutes: FastResponder {
    func route(_ head: RequestHead) -> (any FastRoute)? { nil }
}
