// An event as it travels in a message.

import ArgusShared

extension AlertEvent {
    /// The event's JSON and a newline.
    var encodedLine: [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writeLine(to: &writer)
        return writer.bytes
    }

    /// Appends the event's JSON and a newline.
    func writeLine(to writer: inout JSONWriter) {
        write(to: &writer)
        writer.newline()
    }
}
