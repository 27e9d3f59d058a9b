// The wire format of server-sent events (WHATWG HTML, 9.2).

import ArgusShared

/// Writes events and comments.
enum ServerSentEvent {
    /// A comment that keeps proxies from closing the connection.
    static let heartbeat = Array(": heartbeat\n\n".utf8)

    /// How long a client waits before it connects again, in milliseconds.
    static let retry = Array("retry: 2000\n\n".utf8)

    /// A change of an alert. `details` and `links` are there only when they changed.
    static func change(_ streamed: StreamedChange) -> [UInt8] {
        var writer = JSONWriter(capacity: 1024)
        writer.beginObject()
        writer.key("alert")
        streamed.change.alert.writePublic(to: &writer, payload: streamed.change.hasPayload)
        writer.key("transitions")
        writer.beginArray()
        for transition in streamed.change.transitions {
            writer.beginObject()
            transition.writePublic(to: &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.integer("version", streamed.change.alert.version)
        writer.endObject()
        return event("alert", id: streamed.id, data: writer.bytes)
    }

    /// Tells a client why the stream ends or is not what it expects.
    static func notice(_ name: String, id: ChangeID?, message: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.string("message", message)
        writer.endObject()
        return event(name, id: id, data: writer.bytes)
    }

    /// JSON holds no line breaks, so one `data` line is enough.
    private static func event(_ name: String, id: ChangeID?, data: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(data.count + 64)
        if let id { bytes.append(contentsOf: "id: \(id.text)\n".utf8) }
        bytes.append(contentsOf: "event: \(name)\ndata: ".utf8)
        bytes.append(contentsOf: data)
        bytes.append(contentsOf: "\n\n".utf8)
        return bytes
    }
}
