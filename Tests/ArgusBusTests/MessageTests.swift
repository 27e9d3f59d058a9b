// Headers and metadata, without a server.

import ArgusShared
import Testing

@testable import ArgusBus

@Suite struct MessageTests {
    @Test func headersKeepTheirOrderAndReplace() {
        var headers: MessageHeaders = ["b": "1", "a": "2", "b": "3"]
        #expect(headers.map(\.name) == ["b", "a"])
        #expect(headers["b"] == "3")
        headers["c"] = "4"
        headers["b"] = nil
        #expect(headers.map(\.value) == ["2", "4"])
        #expect(headers["B"] == nil)
        #expect(headers.count == 2)
        #expect(headers == ["a": "2", "c": "4"])
        #expect(headers != ["c": "4", "a": "2"])
    }

    @Test func metadataOfBothForms() throws {
        let old = try #require(BusMessage.Metadata(reply: "$JS.ACK.STREAM.consumer.2.30.4.1700000000123456789.5"))
        #expect(
            old
                == BusMessage.Metadata(
                    stream: "STREAM", streamSequence: 30, consumer: "consumer", consumerSequence: 4, deliveryCount: 2,
                    timestamp: Timestamp(milliseconds: 1_700_000_000_123), pending: 5))
        #expect(BusMessage.Metadata(reply: "$JS.ACK.hub.hash.STREAM.consumer.2.30.4.1700000000123456789.5.token") == old)
        #expect(BusMessage.Metadata(reply: "$JS.ACK._.hash.STREAM.consumer.2.30.4.1700000000123456789.5") == old)
    }

    @Test(arguments: [
        "", "reply", "$JS.ACK.S.c.1.2.3.4", "$JS.ACK.S.c.1.2.3.4.x", "$JS.NAK.S.c.1.2.3.4.5", "$JS.ACK.S.c.1.2.3.-4.5",
        "$JS.ACK.S.c.1.2.3.4.5.6", "$JS.ACK.S.c.1.99999999999999999999.3.4.5",
    ])
    func whatIsNoMetadata(reply: String) {
        #expect(BusMessage.Metadata(reply: reply) == nil)
    }

    @Test func durationsOfAnyLength() {
        #expect(Duration.milliseconds(1500).milliseconds == 1500)
        #expect(Duration.seconds(3).nanoseconds == 3_000_000_000)
        #expect(Duration.seconds(Int64.max).nanoseconds == .max)
        #expect(Duration.seconds(Int64.max).milliseconds == .max)
        #expect(Duration.microseconds(-5).nanoseconds == -5000)
    }
}
