// The names of dead-letter files.

import ArgusShared
import Synchronization

/// The name of a dead-letter file without its extension: `batch_20261121T073000.123456Z-5f3a91c2`. Names sort by time.
struct DeadLetterID: Sendable, Hashable, Comparable {
    private static let prefix = "batch_"
    private static let longest = 96

    let text: String

    /// An identifier as it came from outside; nil for whatever could name anything but a file of ours.
    init?(_ text: some StringProtocol) {
        guard text.hasPrefix(Self.prefix), text.utf8.count > Self.prefix.utf8.count, text.utf8.count <= Self.longest, !text.contains("..")
        else { return nil }
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
            default: false
            }
        }
        guard isPlain, !text.hasSuffix(".") else { return nil }
        self.text = String(text)
    }

    /// The identifier of a file by its name; nil for files that are not ours, or not finished.
    init?(fileName: String) {
        guard fileName.hasSuffix(Self.fileExtension) else { return nil }
        self.init(fileName.dropLast(Self.fileExtension.count))
    }

    static let fileExtension = ".json"

    /// The file's name.
    var fileName: String { text + Self.fileExtension }

    static func < (left: DeadLetterID, right: DeadLetterID) -> Bool {
        left.text < right.text
    }
}

/// Makes identifiers that are unique over processes and rise within one.
final class DeadLetterNaming: Sendable {
    private let suffix: String
    private let last = Mutex<Int64>(0)
    private let microseconds: @Sendable () -> Int64

    init(microseconds: @escaping @Sendable () -> Int64 = DeadLetterNaming.clock) {
        let random = String(UInt32.random(in: 0...UInt32.max), radix: 16)
        suffix = String(repeating: "0", count: 8 - random.count) + random
        self.microseconds = microseconds
    }

    /// The next identifier; later than all before, even if the clock was set back.
    func next() -> DeadLetterID {
        let now = microseconds()
        let time = last.withLock { last in
            last = max(now, last + 1)
            return last
        }
        let second = Timestamp(milliseconds: time.flooredQuotient(1_000_000) * 1000).rfc3339
        let compact = second.prefix(19).filter { $0 != "-" && $0 != ":" }
        let fraction = String(time - time.flooredQuotient(1_000_000) * 1_000_000)
        let padded = String(repeating: "0", count: 6 - fraction.count) + fraction
        return DeadLetterID(made: "batch_\(compact).\(padded)Z-\(suffix)")
    }

    private static let clock: @Sendable () -> Int64 = { FileSystem.wallClockMicroseconds() }
}

extension DeadLetterID {
    fileprivate init(made text: String) {
        self.text = text
    }
}

extension Int64 {
    fileprivate func flooredQuotient(_ divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
