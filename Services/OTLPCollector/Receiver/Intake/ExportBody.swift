// A request's body while it arrives.

import NIOCore

/// Collects a body within the limit for one request and the budget for all.
struct ExportBody {
    private(set) var bytes: [UInt8] = []
    let lease: ByteLease
    private let limit: Int
    private let expected: Int

    /// Room that is set aside at once at most, whatever a client says that it will send.
    private static let initialRoom = 1 << 20

    init(lease: ByteLease, limit: Int, expected: Int?) {
        self.lease = lease
        self.limit = limit
        self.expected = min(expected ?? 0, limit)
        bytes.reserveCapacity(min(self.expected, Self.initialRoom))
    }

    /// Adds what has arrived.
    mutating func append(_ buffer: ByteBuffer) throws(ExportFailure) {
        let count = buffer.readableBytes
        guard bytes.count + count <= limit else { throw .tooLarge(limit: limit) }
        guard lease.take(count) else { throw .overloaded }
        // Growing by doubling would need up to three times the size for a moment.
        if bytes.count + count > bytes.capacity, expected > bytes.count + count { bytes.reserveCapacity(expected) }
        buffer.withUnsafeReadableBytes { bytes.append(contentsOf: $0) }
    }
}
