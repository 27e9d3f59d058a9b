// Undoes gzip and deflate, never beyond a limit.

import CZlib

/// Inflates whole bodies.
enum Inflater {
    enum Failure: Error, Equatable {
        /// The inflated body would exceed the limit.
        case tooLarge
        /// There is no room for the inflated body now.
        case overloaded
        /// Not what gzip or zlib writes, or not all of it.
        case malformed(String)
    }

    private static let step = 64 * 1024
    private static let largestStep = 1 << 20
    /// No byte of deflate stands for more bytes than this.
    private static let mostThatDeflateSaves = 1032
    /// Recognises gzip's header as well as zlib's.
    private static let windowBits: Int32 = 15 + 32

    /// Inflates a body: gzip, several gzip members in a row (RFC 1952), or zlib (which HTTP calls deflate).
    ///
    /// What is inflated is taken from the lease before it is produced, and at most one byte beyond the limit is.
    static func inflate(_ body: [UInt8], limit: Int, lease: ByteLease) throws(Failure) -> [UInt8] {
        let stated = statedSize(body)
        if let stated, stated > limit { throw .tooLarge }
        var stream = z_stream()
        guard inflateInit2_(&stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { throw .overloaded }
        defer { inflateEnd(&stream) }
        var output: [UInt8] = []
        // Growing step by step would need up to three times the size for a moment. A false statement costs address space only.
        if let stated { output.reserveCapacity(stated) }
        var failure: Failure?
        body.withUnsafeBufferPointer { input in
            stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.avail_in = UInt32(clamping: input.count)
            do throws(Failure) {
                try run(&stream, into: &output, limit: limit, lease: lease)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return output
    }

    /// The size that gzip's trailer states for the last member, modulo 2^32; nil if that cannot be, as of a body that was cut off.
    private static func statedSize(_ body: [UInt8]) -> Int? {
        guard body.count >= 18, body[0] == 0x1F, body[1] == 0x8B else { return nil }
        let size = body.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        return size <= body.count * mostThatDeflateSaves ? size : nil
    }

    private static func run(_ stream: inout z_stream, into output: inout [UInt8], limit: Int, lease: ByteLease) throws(Failure) {
        var room = min(step, max(1024, Int(stream.avail_in) * 4))
        while true {
            // One byte more than the limit tells a body of exactly that size from a larger one.
            let free = min(room, limit + 1 - output.count)
            guard free > 0 else { throw .tooLarge }
            guard lease.take(free) else { throw .overloaded }
            let result = fill(&stream, &output, free)
            switch result {
            case Z_STREAM_END:
                guard output.count <= limit else { throw .tooLarge }
                if stream.avail_in == 0 { return }
                guard inflateReset(&stream) == Z_OK else { throw .malformed("the compressed body cannot be read") }
            case Z_OK:
                guard stream.avail_in > 0 || stream.avail_out == 0 else { throw .malformed("the compressed body is cut off") }
            case Z_BUF_ERROR: throw .malformed("the compressed body is cut off")
            default: throw .malformed("the body is not what its encoding says")
            }
            room = min(max(step, output.count), largestStep)
        }
    }

    /// Appends at most `free` inflated bytes.
    private static func fill(_ stream: inout z_stream, _ output: inout [UInt8], _ free: Int) -> Int32 {
        var result = Z_OK
        let chunk = [UInt8](unsafeUninitializedCapacity: free) { buffer, count in
            stream.next_out = buffer.baseAddress
            stream.avail_out = UInt32(free)
            result = CZlib.inflate(&stream, Z_NO_FLUSH)
            count = free - Int(stream.avail_out)
        }
        output += chunk
        return result
    }
}
