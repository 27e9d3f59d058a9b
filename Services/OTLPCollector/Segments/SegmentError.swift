// What is wrong with stored bytes.

/// Bytes that are not what this program (or an older one) has written.
struct SegmentError: Error, Sendable, Hashable, CustomStringConvertible {
    var reason: String

    init(_ reason: String) {
        self.reason = reason
    }

    var description: String { "damaged segment: \(reason)" }
}
