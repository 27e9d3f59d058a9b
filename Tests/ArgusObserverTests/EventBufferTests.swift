// The bounded queue of an observer.

import ArgusShared
import Testing

@testable import ArgusObserver

struct EventBufferTests {
    private func event(_ number: Int) -> ObservationEvent {
        ObservationEvent(.runStarted, id: "\(number)", at: Timestamp(milliseconds: 0))
    }

    @Test("What waits and what is on its way never exceed the capacity together")
    func capacity() {
        let buffer = EventBuffer(capacity: 3)
        for number in 0..<3 { #expect(buffer.offer(event(number)) == .taken) }
        #expect(buffer.offer(event(3)) == .full)
        #expect(buffer.take(2).map(\.id) == ["0", "1"])
        #expect(buffer.offer(event(3)) == .full)
        buffer.release()
        #expect(buffer.offer(event(3)) == .taken)
        #expect(buffer.take(10).map(\.id) == ["2", "3"])
        #expect(buffer.count == 3)
    }

    @Test("The ring keeps the order over many turns")
    func order() {
        let buffer = EventBuffer(capacity: 5)
        var expected = 0
        var next = 0
        for turn in 0..<100 {
            for _ in 0..<(turn % 5 + 1) where buffer.offer(event(next)) == .taken { next += 1 }
            for taken in buffer.take(turn % 4) {
                #expect(taken.id == "\(expected)")
                expected += 1
                buffer.release()
            }
        }
        #expect(expected > 100)
    }

    @Test("A waiter goes on when there is space, when the buffer closes, and when its task is cancelled")
    func waiting() async {
        let buffer = EventBuffer(capacity: 1)
        #expect(buffer.offer(event(0)) == .taken)
        let first = Task { await buffer.waitForSpace() }
        _ = buffer.take(1)
        buffer.release()
        await first.value
        #expect(buffer.offer(event(1)) == .taken)
        let second = Task { await buffer.waitForSpace() }
        second.cancel()
        await second.value
        let third = Task { await buffer.waitForSpace() }
        buffer.close()
        await third.value
        #expect(buffer.offer(event(2)) == .closed)
        #expect(buffer.take(5).count == 1)
    }
}
