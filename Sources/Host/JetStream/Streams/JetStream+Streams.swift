// Streams: create, update, look, purge; their messages: delete.
import JSON

extension JetStream {
    /// Creates the stream, or updates an existing one where it differs in a way that can be changed.
    ///
    /// What others have added (further subjects, replicas, settings that `StreamConfiguration` doesn't have) is kept.
    /// Safe to call from many hosts at once. Without `server.supportsAtomicBatches` the stream is made without
    /// atomic batches; the answer says whether it has them.
    ///
    /// - Throws: `cannotServe`, naming each difference, where the existing stream can't be used.
    package func ensureStream(
        _ wanted: StreamConfiguration, server: JetStreamServer
    ) async throws(JetStreamError) -> StreamInfo {
        try Self.check(name: wanted.name)
        var wanted = wanted
        wanted.allowAtomicPublish = wanted.allowAtomicPublish && server.supportsAtomicBatches
        var info = try await withConsumersIfAllowed(wanted)
        info.allowsAtomicPublish = info.allowsAtomicPublish && server.supportsAtomicBatches
        return info
    }

    /// An account may allow fewer consumers, and a server before 2.15, which needs no number, lets none be changed: then the
    /// number stays as it is.
    private func withConsumersIfAllowed(_ wanted: StreamConfiguration) async throws(JetStreamError) -> StreamInfo {
        do throws(JetStreamError) {
            return try await createOrUpdate(wanted)
        } catch {
            // 10026: more than the account allows.
            guard wanted.maxConsumers > 0, error.kind == .cannotServe || error.serverCode == 10026 else { throw error }
            var other = wanted
            other.maxConsumers = -1
            return try await createOrUpdate(other)
        }
    }

    private func createOrUpdate(_ wanted: StreamConfiguration) async throws(JetStreamError) -> StreamInfo {
        if let existing = try await streamJSON(wanted.name) { return try await update(existing, to: wanted) }
        do throws(JetStreamError) {
            return try StreamInfo(await api("STREAM.CREATE." + wanted.name, wanted.json(keeping: nil)))
        } catch {
            // 10058: another host was first, with another configuration.
            guard error.serverCode == 10058, let existing = try await streamJSON(wanted.name) else { throw error }
            return try await update(existing, to: wanted)
        }
    }

    private func update(_ existing: JSONValue, to wanted: StreamConfiguration) async throws(JetStreamError)
        -> StreamInfo
    {
        let info = try StreamInfo(existing)
        guard let json = existing["config"] else {
            throw JetStreamError(.unexpectedAnswer, "the stream's description has no configuration")
        }
        let differences = StreamDifferences(existing: info.configuration, wanted: wanted, json: json)
        guard differences.refusals.isEmpty else {
            throw JetStreamError(
                .cannotServe,
                "the existing stream \(wanted.name) can't be used: " + differences.refusals.joined(separator: "; "))
        }
        if differences.target == info.configuration { return info }
        do throws(JetStreamError) {
            return try StreamInfo(
                await api("STREAM.UPDATE." + wanted.name, differences.target.json(keeping: json)))
        } catch {
            guard error.kind == .refused else { throw error }
            throw JetStreamError(
                .cannotServe, "the existing stream \(wanted.name) can't be updated: \(error.message)",
                serverCode: error.serverCode)
        }
    }

    /// - Throws: `notFound`.
    package func streamInfo(_ name: String) async throws(JetStreamError) -> StreamInfo {
        try Self.check(name: name)
        return try StreamInfo(await api("STREAM.INFO." + name))
    }

    /// The subjects that have messages and that `filter`, which may have wildcards, covers.
    package func subjects(stream: String, filter: String) async throws(JetStreamError) -> [String] {
        try Self.check(name: stream)
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("subjects_filter", filter)
        writer.endObject()
        let answer = try await api("STREAM.INFO." + stream, writer.bytes)
        return answer["state"]?["subjects"].map { $0.members.map(\.name) } ?? []
    }

    private func streamJSON(_ name: String) async throws(JetStreamError) -> JSONValue? {
        do throws(JetStreamError) {
            return try await api("STREAM.INFO." + name)
        } catch {
            guard error.kind == .notFound else { throw error }
            return nil
        }
    }

    /// Deletes the oldest messages.
    ///
    /// - Parameter before: delete up to but not including this sequence.
    /// - Returns: how many were deleted.
    @discardableResult
    package func purge(_ stream: String, before: UInt64) async throws(JetStreamError) -> UInt64 {
        try Self.check(name: stream)
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("seq")
        writer.number(Int64(clamping: before))
        writer.endObject()
        let answer = try await api("STREAM.PURGE." + stream, writer.bytes)
        return UInt64(answer["purged"]?.int64 ?? 0)
    }

    /// Removes one message, without overwriting its bytes.
    ///
    /// - Returns: `false` if it wasn't there.
    @discardableResult
    package func deleteMessage(_ stream: String, sequence: UInt64) async throws(JetStreamError) -> Bool {
        try Self.check(name: stream)
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("seq")
        writer.number(Int64(clamping: sequence))
        writer.member("no_erase", true)
        writer.endObject()
        do throws(JetStreamError) {
            _ = try await api("STREAM.MSG.DELETE." + stream, writer.bytes)
            return true
        } catch {
            guard error.kind == .notFound || error.serverCode == 10057 else { throw error }
            return false
        }
    }
}
