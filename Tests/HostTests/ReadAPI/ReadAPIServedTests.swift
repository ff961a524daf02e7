// Which tables the read API says that it knows.
import Foundation
import HTTP
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import PluginHost
import Testing

@testable import ReadAPI

@Suite("Tables that are served")
struct ReadAPIServedTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func answer(from plugins: PluginHost) async throws -> Response {
        let router = Router(context: HostRequestContext.self)
        router.add(middleware: ProblemMiddleware(logger: logger))
        router.get(":table") { _, context -> Response in
            _ = try plugins.served(context)
            return Response(status: .ok)
        }
        let head = HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/things")
        let context = HostRequestContext(
            source: ApplicationRequestContextSource(channel: NIOAsyncTestingChannel(), logger: logger))
        return try await router.buildResponder().respond(
            to: Request(head: head, body: RequestBody(buffer: ByteBuffer())), context: context)
    }

    @Test("a table that no plugin serves is 404; while the folder is refused it may be one of its own, and is 503")
    func unknownTable() async throws {
        let root = NSTemporaryDirectory() + "jspg-plugins-\(UUID().uuidString.prefix(8))"
        let folder = root + "/plugins"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: root) }
        let plugins = PluginHost(
            configuration: PluginHostConfiguration(directory: folder, state: root + "/state"), role: .tool,
            logger: logger)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder)
        _ = await plugins.start()
        let refused = try await answer(from: plugins)
        #expect(refused.status == .serviceUnavailable && refused.headers[.retryAfter] == "5")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder)
        _ = await plugins.reload()
        #expect(try await answer(from: plugins).status == .notFound)
    }
}
