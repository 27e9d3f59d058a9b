// A client of live logs on a thread of its own.

import Foundation
import Synchronization
import TestSupport

@testable import OTLPCollector

/// Reads messages as they come and keeps them for the test.
final class LiveReader: Sendable {
    private let messages: AsyncThrowingStream<LiveClient.Message, any Error>
    private let stopping = Mutex(false)
    private let ended: AsyncStream<Void>

    /// Connects at once.
    ///
    /// - Parameters:
    ///   - pause: Between two messages, for a slow client, in microseconds.
    ///   - readsEntries: Whether messages are taken apart; else only what follows the entries is read, which costs next to nothing.
    init(
        port: Int, query: String = "", headers: [(String, String)] = [], pause: UInt32 = 0, receiveBuffer: Int32? = nil,
        readsEntries: Bool = true
    ) {
        let (messages, continuation) = AsyncThrowingStream.makeStream(of: LiveClient.Message.self)
        let (ended, ender) = AsyncStream.makeStream(of: Void.self)
        self.messages = messages
        self.ended = ended
        Thread.detachNewThread { [weak self] in
            do {
                let client = try LiveClient(port: port, path: "/ws\(query)", headers: headers, receiveBuffer: receiveBuffer)
                guard client.status == 101 else { throw TestSupportError("the answer was \(client.status): \(client.body)") }
                while self?.stopping.withLock({ $0 }) == false {
                    // Whether to stop is looked at between messages, never within one.
                    guard client.connection.isReadable(within: 200) else { continue }
                    continuation.yield(try client.message(readsEntries: readsEntries))
                    if pause > 0 { usleep(pause) }
                }
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
            ender.yield()
            ender.finish()
        }
    }

    /// The next message.
    func next() async throws -> LiveClient.Message {
        for try await message in messages { return message }
        throw TestSupportError("the connection ended")
    }

    /// Waits for the first message, which has no entries.
    func connected() async throws {
        let first = try await withDeadline(.seconds(20)) { try await self.next() }
        guard first.ids.isEmpty else { throw TestSupportError("the first message has entries") }
    }

    /// Messages until so many entries have come or were missed.
    func read(entries: Int, within deadline: Duration = .seconds(30)) async throws -> [LiveClient.Message] {
        try await withDeadline(deadline) {
            var messages: [LiveClient.Message] = []
            var count = 0
            while count < entries {
                let message = try await self.next()
                messages.append(message)
                count += message.ids.count + Int(message.missed)
            }
            return messages
        }
    }

    /// Waits until the client has everything up to a log; returns how many it missed.
    @discardableResult
    func read(through id: Int64, within deadline: Duration = .seconds(60)) async throws -> Int {
        try await withDeadline(deadline) {
            var missed = 0
            while true {
                let message = try await self.next()
                missed += Int(message.missed)
                if let last = Int64(message.last), last >= id { return missed }
            }
        }
    }

    /// Closes the connection and waits until it is closed.
    func stop() async {
        await Self.stop([self])
    }

    /// Closes connections and waits until they are closed.
    static func stop(_ readers: [LiveReader]) async {
        for reader in readers { reader.stopping.withLock { $0 = true } }
        for reader in readers {
            for await _ in reader.ended { break }
        }
    }
}
