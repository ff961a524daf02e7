// GET /events/{table}
import HTTP
import HTTPTypes
import Hummingbird
import JSON
import Operations
import PluginHost
import Tables

/// Server-sent events of a table: `change` each time its data changed. What to read is the client's business.
struct EventRoutes: Sendable {
    let plugins: PluginHost
    let changes: TableChanges

    func add(to router: Router<HostRequestContext>) {
        router.get("events/:table") { request, context in
            let name = try plugins.served(context).descriptor.name
            // Between its last event and now anything may have happened.
            let isAgain = request.headers[.lastEventID] != nil
            // Before the client is told that it is listened for it; ends with the answer, also one without a body.
            let events = changes.listen(to: name)
            return EventStream.response { stream in try await send(events, of: name, isAgain: isAgain, to: &stream) }
        }
        router.refuseOtherMethods("events/:table", allowed: [.get])
    }

    private func send(
        _ changes: TableChanges.Events, of table: String, isAgain: Bool, to stream: inout EventStream
    ) async throws {
        if isAgain {
            try await send(table, to: &stream)
        } else {
            // Who comes again without having heard of any change may have missed one as well.
            try await stream.send(id: String(Timestamp.now().microseconds))
        }
        var events = HeartbeatEvents(changes).makeAsyncIterator()
        while let beat = await events.next() {
            // Its plugin is gone: the client asks again and is told so.
            guard plugins.tables.table(table) != nil else { return }
            switch beat {
            case .event: try await send(table, to: &stream)
            case .silence: try await stream.beat()
            }
        }
    }

    private func send(_ table: String, to stream: inout EventStream) async throws {
        let now = Timestamp.now()
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("table", table)
        writer.member("at", now.description)
        writer.endObject()
        try await stream.send("change", id: String(now.microseconds), data: writer.bytes)
    }
}
