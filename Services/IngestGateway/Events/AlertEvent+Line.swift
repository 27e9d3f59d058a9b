// An event as it travels in a message.

import ArgusShared

extension AlertEvent {
    /// The event's JSON and a newline.
    var encodedLine: [UInt8] {
        var writer = JSONWriter(capacity: 512)
        write(to: &writer)
        writer.newline()
        return writer.bytes
    }
}
