// What rows of rollups are told apart by, and what they count.

import ArgusStorage

/// A rollup with a histogram.
enum RollupTable: CaseIterable {
    /// Spans by service and operation.
    case operations
    /// Calls by caller and callee.
    case edges

    var name: String {
        switch self {
        case .operations: "span_rollups"
        case .edges: "edge_rollups"
        }
    }

    /// The columns of the primary key.
    var key: [String] {
        switch self {
        case .operations: ["step", "bucket", "service", "operation"]
        case .edges: ["step", "bucket", "caller", "callee"]
        }
    }

    /// The columns that count.
    var values: [String] {
        [self == .operations ? "spans" : "calls", "errors", "duration_ns", "histogram"]
    }
}

/// A bucket with two names as they are stored: service and operation, caller and callee.
struct RollupKey: Hashable {
    /// Longer names are cut, as what a database's index takes is bounded.
    static let maximumBytes = 512

    /// The bucket's first second, unix time.
    let bucket: Int64
    let first: String
    let second: String

    init(_ bucket: Int64, _ first: String, _ second: String) {
        self.init(stored: bucket, Self.stored(first), Self.stored(second))
    }

    init(stored bucket: Int64, _ first: String, _ second: String) {
        self.bucket = bucket
        self.first = first
        self.second = second
    }

    /// The same without its time.
    var timeless: RollupKey { RollupKey(stored: 0, first, second) }

    /// The values of a primary key.
    func values(step: Int64) -> [SQLValue] {
        [.integer(step), .integer(bucket), .text(first), .text(second)]
    }

    /// A name of a service or an operation as rollups and `telemetry_services` have it.
    static func stored(_ name: String) -> String {
        var name = name
        if name.utf8.count > maximumBytes {
            var end = name.utf8.index(name.startIndex, offsetBy: maximumBytes)
            while end.samePosition(in: name.unicodeScalars) == nil { name.utf8.formIndex(before: &end) }
            name = String(name[..<end])
        }
        // As every driver of ArgusStorage does with texts, so that keys that are read are those that were written.
        return name.utf8.contains(0) ? name.replacing("\0", with: "\u{FFFD}") : name
    }
}

extension RollupDelta.Totals {
    /// In the order of ``RollupTable/values``.
    var values: [SQLValue] {
        [.integer(count), .integer(errors), .integer(duration), .blob(histogram.encode())]
    }

    /// Adds what a row counts.
    mutating func merge(_ row: SQLRow, from column: Int) throws {
        count += try row.integer(column)
        errors += try row.integer(column + 1)
        duration = duration.addingSaturating(try row.integer(column + 2))
        try histogram.merge(encoded: try row.blob(column + 3))
    }
}
