// Which server this is and what it can do.
import JSON

/// What a server says about itself.
package struct JetStreamServer: Sendable, Hashable {
    /// Such as `2.15.1`; `nil` where this client may not ask for it.
    package let version: String?
    /// JetStream's API level: 1 from 2.11, 2 from 2.12.
    package let apiLevel: Int
    /// Whether atomic batches are to be used: 2.12.1 and later (2.12.0 has them, with faults).
    package let supportsAtomicBatches: Bool

    init(version: String?, apiLevel: Int) {
        self.version = version
        self.apiLevel = apiLevel
        let parts = version.map { $0.split(separator: "-")[0].split(separator: ".").compactMap { Int($0) } } ?? []
        supportsAtomicBatches =
            apiLevel > 2 || (apiLevel == 2 && parts.count == 3 && parts.lexicographicallyPrecedes([2, 12, 1]) == false)
    }
}

extension JetStream {
    /// Asks until JetStream answers (it takes a moment after a server's start), at most for `timeout`.
    ///
    /// - Throws: `cannotServe` at once if the server is older than 2.11 or has no JetStream.
    package func server(waitingUpTo timeout: Duration) async throws(JetStreamError) -> JetStreamServer {
        let deadline = ContinuousClock.now + timeout
        while true {
            do throws(JetStreamError) {
                return try await server()
            } catch {
                let canPass = [.noResponders, .unavailable, .timeout, .notConnected, .connectionLost].contains(
                    error.kind)
                guard canPass, ContinuousClock.now < deadline else { throw error }
            }
            do { try await Task.sleep(for: .milliseconds(100)) } catch {
                throw JetStreamError(.cancelled, "cancelled while waiting for JetStream")
            }
        }
    }

    private func server() async throws(JetStreamError) -> JetStreamServer {
        let level: Int
        do throws(JetStreamError) {
            level = try await Int(api("INFO")["api"]?["level"]?.int64 ?? 0)
        } catch {
            guard error.serverCode == 10039 || error.serverCode == 10076 else { throw error }
            throw JetStreamError(
                .cannotServe, "JetStream is not enabled for this account: start nats-server with JetStream",
                serverCode: error.serverCode)
        }
        let version = await serverVersion()
        guard level >= 1 else {
            throw JetStreamError(
                .cannotServe, "nats-server \(version ?? "") is too old: version 2.11 or later is needed")
        }
        return JetStreamServer(version: version, apiLevel: level)
    }

    /// From the system account's answer about this user, which carries the server's version. Every user may ask by
    /// default; `nil` where an operator took that away.
    private func serverVersion() async -> String? {
        do {
            let answer = try await connection.request("$SYS.REQ.USER.INFO", timeout: .seconds(1))
            return try Self.object(in: answer.payload)["server"]?["ver"]?.string
        } catch {
            return nil
        }
    }
}
