// What is wrong with a request.

/// A request that is not what it claims to be.
public struct OTLPError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Zero-based offset into the request of what was found wrong.
    public let position: Int
    /// What is wrong, a phrase without the position.
    public let reason: String

    /// An error at `position`.
    public init(position: Int, reason: String) {
        self.position = position
        self.reason = reason
    }

    /// Reason and position.
    public var description: String { "\(reason) at byte \(position)" }
}

/// The same while it travels up from the innermost message: two words, nothing to allocate.
struct WireError: Error {
    enum Reason: UInt8 {
        case truncated, varint, tag, depth, utf8
    }

    let address: Int
    let reason: Reason

    @inline(never)
    init(_ reason: Reason, at position: UnsafePointer<UInt8>) {
        address = Int(bitPattern: position)
        self.reason = reason
    }

    func error(in bytes: UnsafeRawBufferPointer) -> OTLPError {
        let reason =
            switch reason {
            case .truncated: "the message ends within a field"
            case .varint: "a number of more than ten bytes"
            case .tag: "not the start of a field"
            case .depth: "messages nested more than \(WireReader.depthLimit) levels deep"
            case .utf8: "a string that is not UTF-8"
            }
        return OTLPError(position: address - Int(bitPattern: bytes.baseAddress), reason: reason)
    }
}
