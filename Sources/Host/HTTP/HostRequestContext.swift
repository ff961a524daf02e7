// What a route knows about the request beside the request itself.
package import Hummingbird
package import NIOCore

/// The request context of all hosts.
package struct HostRequestContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// The client's address, or the proxy's.
    package let remoteAddress: SocketAddress?

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress
    }
}
