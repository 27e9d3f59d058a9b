// The messages a writer has taken and not acknowledged yet.

import ArgusBus
import Synchronization

/// Keeps the bus from delivering again what is being worked on, and answers in the end. Thread-safe.
final class HeldMessages: Sendable {
    private struct State {
        /// Without payloads, by the reply subject, which is different for every delivery.
        var handles: [String: BusMessage] = [:]
        var bytes = 0
    }

    private let consumer: PullConsumer
    private let state = Mutex(State())

    init(consumer: PullConsumer) {
        self.consumer = consumer
    }

    /// Bytes of their payloads.
    var bytes: Int { state.withLock { $0.bytes } }

    /// Takes over messages; their handles serve to answer them.
    func hold(_ messages: [BusMessage]) -> [BusMessage] {
        let handles = messages.map { message in
            var handle = message
            handle.payload = []
            return handle
        }
        state.withLock { state in
            for handle in handles { state.handles[handle.reply ?? ""] = handle }
            state.bytes += messages.reduce(0) { $0 + $1.payload.count }
        }
        return handles
    }

    /// They are stored: the bus may forget them. An acknowledgement that gets lost makes the message come again, which changes nothing.
    func acknowledge(_ handles: [BusMessage], bytes: Int) {
        release(handles, bytes: bytes)
        for handle in handles { try? consumer.acknowledge(handle) }
    }

    /// They are not stored: the bus delivers them again, to whoever asks.
    func giveBack(_ handles: [BusMessage], bytes: Int) {
        release(handles, bytes: bytes)
        giveBack(handles)
    }

    /// The same for messages that were not taken over.
    func giveBack(_ messages: [BusMessage]) {
        // Without a pause they would come back to requests of ours that the server has not forgotten yet.
        for message in messages { try? consumer.negativeAcknowledge(message, delay: .seconds(1)) }
    }

    /// Tells the bus that work goes on, also on what waits to be taken.
    func keepAlive() {
        for handle in state.withLock({ Array($0.handles.values) }) { try? consumer.inProgress(handle) }
        try? consumer.keepWaiting()
    }

    private func release(_ handles: [BusMessage], bytes: Int) {
        state.withLock { state in
            for handle in handles { state.handles[handle.reply ?? ""] = nil }
            state.bytes -= bytes
        }
    }
}
