// How much is taken for one transaction.

import Testing

@testable import OTLPCollector

@Suite struct BatchSizerTests {
    @Test func itLearnsWhatAnItemTakes() {
        var sizer = BatchSizer(items: 4096, maximumBytes: 4 << 20)
        #expect(sizer.targetBytes == 4096 * 250)
        for _ in 0..<50 { sizer.observed(bytes: 100_000, items: 1000) }
        #expect((4096 * 99...4096 * 105).contains(sizer.targetBytes))
        sizer.observed(bytes: 0, items: 0)
        for _ in 0..<100 { sizer.observed(bytes: 4000, items: 1000) }
        #expect((16 << 10...17 << 10).contains(sizer.targetBytes))
        for _ in 0..<100 { sizer.observed(bytes: 8 << 20, items: 1) }
        #expect(sizer.targetBytes == 4 << 20)
    }
}
