// Where a page of a list ended, as an opaque text.

import ArgusService
import Foundation

/// The last item of a page and the range that the list is about: the next page begins after it, and the range does not move on with the clock.
struct PageCursor: Equatable, Sendable {
    /// The number that the list is sorted by.
    var rank: Int64
    /// Tells apart items of the same rank.
    var id: Int64
    var range: TimeRange

    init(rank: Int64, id: Int64, range: TimeRange) {
        self.rank = rank
        self.id = id
        self.range = range
    }

    /// The text of the cursor. It holds only for the list that `scope` stands for.
    func encoded(scope: UInt32) -> String {
        let plain = "1|\(scope)|\(rank)|\(id)|\(range.start)|\(range.end)"
        return Data(plain.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// Reads what `encoded(scope:)` made for the same scope; nil for everything else.
    init?(_ text: String, scope: UInt32) {
        guard text.utf8.count <= 256 else { return nil }
        var base64 = text.replacing("-", with: "+").replacing("_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: base64), let plain = String(validating: data, as: UTF8.self) else { return nil }
        let parts = plain.split(separator: "|", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "1", parts[1] == "\(scope)" else { return nil }
        let numbers = parts[2...].compactMap { Int64($0) }
        guard numbers.count == 4, numbers[2] < numbers[3], TimeRange.bounds.contains(numbers[2]), TimeRange.bounds.contains(numbers[3])
        else {
            return nil
        }
        self.init(rank: numbers[0], id: numbers[1], range: TimeRange(start: numbers[2], end: numbers[3]))
    }
}

extension QueryReader {
    /// The cursor of a list; nil for its first page.
    func cursor(scope: UInt32) throws -> PageCursor? {
        guard let text = try single("cursor") else { return nil }
        guard let cursor = PageCursor(text, scope: scope) else {
            throw Self.malformed("cursor", "is not a cursor of this list: pass next_cursor with the same filters and sort")
        }
        return cursor
    }
}
