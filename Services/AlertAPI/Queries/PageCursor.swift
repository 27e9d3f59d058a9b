// Where a page of a list ended, as an opaque text.

import ArgusShared
import Foundation

/// The last alert of a page: the next page begins after it, whatever was inserted meanwhile.
struct PageCursor: Equatable, Sendable {
    /// Severity rank for lists sorted by severity, else 0.
    var rank: Int64 = 0
    /// The time the list is sorted by, in milliseconds, or another number that orders it.
    var time: Int64
    var id: String

    /// The text of the cursor. It holds only for the list that `scope` stands for.
    func encoded(scope: UInt32) -> String {
        let plain = "1|\(scope)|\(rank)|\(time)|\(id)"
        return Data(plain.utf8).base64EncodedString().replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }

    init(rank: Int64 = 0, time: Int64, id: String) {
        self.rank = rank
        self.time = time
        self.id = id
    }

    /// Reads what `encoded(scope:)` made for the same scope; nil for everything else.
    init?(_ text: String, scope: UInt32) {
        guard text.utf8.count <= 2048 else { return nil }
        var base64 = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: base64), let plain = String(validating: data, as: UTF8.self) else { return nil }
        let parts = plain.split(separator: "|", maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0] == "1", parts[1] == "\(scope)", let rank = Int64(parts[2]), let time = Int64(parts[3]) else {
            return nil
        }
        self.init(rank: rank, time: time, id: String(parts[4]))
    }
}
