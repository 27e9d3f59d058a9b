// Inflating, and where it stops.

import TestSupport
import Testing

@testable import OTLPCollector

@Suite struct InflaterTests {
    private let budget = ByteBudget(capacity: 64 << 20)

    private func inflate(_ body: [UInt8], limit: Int = 1 << 20) throws -> [UInt8] {
        try Inflater.inflate(body, limit: limit, lease: budget.lease())
    }

    private static func text(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
    }

    @Test(arguments: [0, 1, 1000, 65_536, 65_537, 900_000])
    func whatWasCompressedComesBack(size: Int) throws {
        let bytes = Self.text(size)
        #expect(try inflate(Compressed.gzip(bytes)) == bytes)
        #expect(try inflate(Compressed.zlib(bytes)) == bytes)
        #expect(budget.inFlight == 0, "the lease is gone, and with it what it held")
    }

    @Test func severalMembersAreOneBody() throws {
        let (first, second) = (Self.text(70_000), Self.text(10))
        #expect(try inflate(Compressed.gzip(first) + Compressed.gzip(second)) == first + second)
    }

    @Test func theLimitIsExact() throws {
        let bytes = [UInt8](repeating: 7, count: 100_000)
        #expect(try inflate(Compressed.gzip(bytes), limit: 100_000).count == 100_000)
        #expect(throws: Inflater.Failure.tooLarge) { try inflate(Compressed.gzip(bytes), limit: 99_999) }
    }

    @Test func aBombIsNotInflated() throws {
        let bomb = Compressed.gzip([UInt8](repeating: 0, count: 32 << 20))
        #expect(bomb.count < 64 * 1024)
        let lease = budget.lease()
        #expect(throws: Inflater.Failure.tooLarge) { try Inflater.inflate(bomb, limit: 100_000, lease: lease) }
        #expect(budget.inFlight == 0, "it says how large it is")
        var liar = bomb
        liar.replaceSubrange(liar.count - 4..<liar.count, with: [1, 0, 0, 0])
        #expect(throws: Inflater.Failure.tooLarge) { try Inflater.inflate(liar, limit: 100_000, lease: lease) }
        #expect((100_000...100_001).contains(budget.inFlight))
    }

    @Test func noMoreIsInflatedThanThereIsRoomFor() {
        let small = ByteBudget(capacity: 200_000)
        let body = Compressed.gzip([UInt8](repeating: 1, count: 400_000))
        #expect(throws: Inflater.Failure.overloaded) { try Inflater.inflate(body, limit: 1 << 20, lease: small.lease()) }
        #expect(small.inFlight == 0)
    }

    @Test func whatIsCutOffOrIsNoneOfItIsMalformed() {
        let whole = Compressed.gzip(Self.text(100_000))
        for length in [0, 1, 10, 11, whole.count / 2, whole.count - 1] {
            #expect("cut off at \(length)") { try inflate(Array(whole.prefix(length))) } throws: {
                if case .malformed? = $0 as? Inflater.Failure { true } else { false }
            }
        }
        for body in [Array("not compressed".utf8), whole + [1, 2, 3], [UInt8](repeating: 0x1F, count: 50)] {
            #expect { try inflate(body) } throws: {
                if case .malformed? = $0 as? Inflater.Failure { true } else { false }
            }
        }
    }
}
