// A server that says what a test wants it to.
import NIOCore
import NIOPosix
import Synchronization

@testable import Redis

/// Speaks RESP2 on a free port, greets as a Redis of some run, and leaves other commands to a script.
final class ScriptedRedis: Sendable {
    /// - Returns: the bytes of the answer; `nil` to hang up.
    typealias Script = @Sendable (_ words: [String]) -> String?

    private struct State {
        var runID: String
        var connections: [any Channel] = []
    }

    private let shared: SharedState
    private let listener: any Channel

    /// - Parameters:
    ///   - runID: what new connections are told.
    ///   - greets: false to leave every command without an answer.
    init(runID: String, greets: Bool = true, script: @escaping Script) async throws {
        let shared = SharedState(runID)
        self.shared = shared
        listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let runID = shared.opened(channel)
                    guard greets else { return }
                    try channel.pipeline.syncOperations.addHandler(try Conversation(runID: runID, script: script))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    var url: String { "redis://127.0.0.1:\(listener.localAddress?.port ?? 0)" }

    /// What connections are told from now on; those that are open go on as the run that they have.
    func becomeRun(_ runID: String) { shared.become(runID) }

    /// Hangs up on the connection that was opened as the nth, from 0.
    func hangUp(on position: Int) { shared.channel(position).close(promise: nil) }

    func stop() async throws { try await listener.close() }

    private final class SharedState: Sendable {
        private let state: Mutex<State>

        init(_ runID: String) { state = Mutex(State(runID: runID)) }

        func opened(_ channel: any Channel) -> String {
            state.withLock { state in
                state.connections.append(channel)
                return state.runID
            }
        }

        func become(_ runID: String) { state.withLock { $0.runID = runID } }

        func channel(_ position: Int) -> any Channel { state.withLock { $0.connections[position] } }
    }

    private final class Conversation: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let runID: String
        private let script: Script
        /// A command is an array of strings, as replies may be.
        private let reader: RedisReplyReader

        init(runID: String, script: @escaping Script) throws {
            reader = try RedisReplyReader()
            self.runID = runID
            self.script = script
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard (try? reader.feed(unwrapInboundIn(data))) != nil else { return context.close(promise: nil) }
            while let command = try? reader.next() {
                guard let answer = answer(command.elements?.compactMap(\.text) ?? []) else {
                    return context.close(promise: nil)
                }
                context.write(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
            }
            context.flush()
        }

        private func answer(_ words: [String]) -> String? {
            switch words.first {
            case "PING": return "+PONG\r\n"
            case "CLIENT": return "+OK\r\n"
            case "INFO":
                let info =
                    words.last == "server" ? "redis_version:7.4.0\r\nrun_id:\(runID)\r\n" : "role:master\r\n"
                return "$\(info.utf8.count)\r\n\(info)\r\n"
            default: return script(words)
            }
        }
    }
}
