// A request's body while it arrives.

import NIOCore

/// Collects a body within the limit for one request and the budget for all.
struct ExportBody {
    private(set) var bytes: [UInt8] = []
    let lease: ByteLease
    private let limit: Int

    /// Room that is set aside at once at most, whatever a client says that it will send.
    private static let initialRoom = 1 << 20

    init(lease: ByteLease, limit: Int, expected: Int?) {
        self.lease = lease
        self.limit = limit
        if let expected { bytes.reserveCapacity(min(expected, limit, Self.initialRoom)) }
    }

    /// Adds what has arrived.
    mutating func append(_ buffer: ByteBuffer) throws(ExportFailure) {
        let count = buffer.readableBytes
        guard bytes.count + count <= limit else { throw .tooLarge(limit: limit) }
        guard lease.take(count) else { throw .overloaded }
        buffer.withUnsafeReadableBytes { bytes.append(contentsOf: $0) }
    }
}
