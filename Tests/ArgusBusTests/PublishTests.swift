// Publishing: acknowledgements, limits, refusals, losses.

import ArgusBus
import ArgusShared
import Synchronization
import TestSupport
import Testing

@Suite struct PublishTests {
    private let events = StreamDefinition(name: "EVENTS", subjects: ["events.>"])

    @Test func acknowledgedInOrder() async throws {
        try await withDeadline {
            let server = try await NATSServer.start()
            let bus = try await server.connect()
            try await bus.ensure(events)
            for index in 1...20 {
                let ack = try await bus.publish(bytes("\(index)"), to: "events.a", headers: ["traceparent": "x"])
                #expect(ack == PublishAck(stream: "EVENTS", sequence: UInt64(index)))
            }
            let message = try #require(try await bus.message(stream: "EVENTS", sequence: 7))
            #expect(text(message.payload) == "7")
            #expect(message.headers[HeaderName.schema] == Schema.current)
            #expect(message.headers[HeaderName.traceparent] == "x")
            #expect(message.subject == "events.a")
            await bus.drain()
            await server.stop()
        }
    }
}
