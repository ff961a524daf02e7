// Makes a problem document of whatever a route throws.
import HTTPTypes
package import Hummingbird
package import Logging
import NIOCore
import NIOHTTP1
import Telemetry

/// The outermost middleware: every error leaves as RFC 9457. What nobody foresaw is logged and answered 500.
package struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
    private let logger: Logger

    package init(logger: Logger) {
        self.logger = logger
    }

    package func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let response = await answer(request, context, next)
        // Only the head (RFC 9110, 9.3.2): a body would be taken for the beginning of the next answer. Where it would be
        // streamed the length says 0: NIO would announce chunks without one, and send the end of them.
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func answer(
        _ request: Request, _ context: Context, _ next: (Request, Context) async throws -> Response
    ) async -> Response {
        // No path takes another (RFC 9110, 9.1).
        guard HTTPRequest.Method.known.contains(request.method) else {
            return Problem(.notImplemented, "\(request.method.rawValue) is no method that this server knows.").response
        }
        do {
            return try await next(request, context)
        } catch let problem as Problem {
            return problem.response
        } catch let error as HTTPError {
            return Self.problem(for: error, request: request).response
        } catch is NIOTooManyBytesError {
            return Problem(.bodyTooLarge, "The body is larger than this server's limit.").response
        } catch is HTTPParserError {
            return Problem(.badRequest, "The body is not framed as HTTP/1.1 demands (RFC 9112, 6 and 7).").response
        } catch let error where error is IOError || error is ChannelError {
            logger.debug(
                "A client was gone before its request had come whole", metadata: [LogKey.error: "\(error)"])
            return Problem(.badRequest, "The connection ended before the request did.").response
        } catch is CancellationError {
            return Problem(.unavailable, "The server is stopping. Repeat the request.").retryAfter(.seconds(1)).response
        } catch {
            logger.error(
                "A request failed in an unforeseen way",
                metadata: [
                    LogKey.error: "\(error)", LogKey.method: "\(request.method)", LogKey.path: "\(request.uri.path)",
                ])
            return Problem.internalError.response
        }
    }

    private static func problem(for error: HTTPError, request: Request) -> Problem {
        let kind: ProblemKind =
            switch error.status.code {
            case 404: .notFound
            case 405: .methodNotAllowed
            case 413: .bodyTooLarge
            case 415: .unsupportedMediaType
            case 429: .rateLimited
            case 503: .unavailable
            case 400..<500: .badRequest
            default: .internalError
            }
        if kind == .internalError { return .internalError }
        let sentence = kind == .notFound ? "There is nothing at this path." : kind.title
        return Problem(kind, error.body ?? sentence, headers: error.headers)
    }
}
