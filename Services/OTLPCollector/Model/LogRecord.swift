// A log record, decoded in full.

import ArgusOTLP

/// A log record as it was received. Times are unix nanoseconds.
struct LogRecord: Sendable, Hashable {
    var id: LogID
    /// When it happened, else when it was observed, else when it arrived: logs are ordered and searched by this.
    var time: Int64
    /// `time_unix_nano` as it was sent; 0 if it was not.
    var givenTime: Int64 = 0
    /// `observed_time_unix_nano` as it was sent; 0 if it was not.
    var observedTime: Int64 = 0
    /// OTLP's severity number, 1...24; 0 if not given.
    var severityNumber: Int = 0
    /// The severity as the source names it.
    var severityText = ""
    var eventName = ""
    var body: AnyValue = .empty
    var attributes: [Attribute] = []
    var droppedAttributes: UInt32 = 0
    var traceID: TraceID?
    var spanID: SpanID?
    var flags: UInt32 = 0
    /// The resource's `service.name`, or ``Resource/unknownService``.
    var service: String
    var resource = Resource()
    var scope = Scope()

    var severity: Severity { Severity(number: severityNumber) }
}

/// A log's identity: its segment and its place in it. Later commits have larger identities, so it is also the live stream's position.
struct LogID: Sendable, Hashable, Comparable {
    /// Bits of the place within a segment: more than the smallest log records that fit in one message.
    static let indexBits = 23
    /// The largest place within a segment, plus one.
    static let indexLimit = 1 << indexBits

    var value: Int64

    init(value: Int64) {
        self.value = value
    }

    init(segment: Int64, index: Int) {
        value = segment << Self.indexBits | Int64(index)
    }

    /// Reads ``text``; nil for anything but decimal digits of a value that is not negative.
    init?(text: some StringProtocol) {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let value = Int64(text) else {
            return nil
        }
        self.value = value
    }

    var segment: Int64 { value >> Self.indexBits }
    var index: Int { Int(value & Int64(Self.indexLimit - 1)) }
    /// Decimal digits.
    var text: String { String(value) }

    static func < (left: LogID, right: LogID) -> Bool { left.value < right.value }
}
