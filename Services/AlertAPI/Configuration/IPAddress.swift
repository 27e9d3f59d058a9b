// An IP address, and whether it belongs to the public Internet.

import Glibc

/// An IPv4 or IPv6 address; an IPv4 address within IPv6 is the IPv4 address.
struct IPAddress: Equatable, Sendable {
    /// 4 or 16 bytes.
    let bytes: [UInt8]

    /// An address of 4 or 16 bytes; nil for another length.
    init?(bytes: [UInt8]) {
        switch bytes.count {
        case 4: self.bytes = bytes
        case 16: self.bytes = Self.embeddedIPv4(bytes) ?? bytes
        default: return nil
        }
    }

    /// Parses dotted quads and IPv6 texts.
    init?(_ text: String) {
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self.init(bytes: withUnsafeBytes(of: four) { Array($0) })
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            self.init(bytes: withUnsafeBytes(of: six) { Array($0) })
        } else {
            return nil
        }
    }

    /// Whether it is none of the special-purpose addresses of IANA's registries (RFC 6890): loopback, private, link-local, shared,
    /// documentation, benchmarking, multicast, reserved.
    var isPublic: Bool {
        bytes.count == 4 ? !Self.special4.contains { $0.contains(bytes) } : !Self.special6.contains { $0.contains(bytes) }
    }

    private struct Block {
        let prefix: [UInt8]
        let length: Int

        init(_ prefix: [UInt8], _ length: Int) {
            self.prefix = prefix
            self.length = length
        }

        func contains(_ bytes: [UInt8]) -> Bool {
            for bit in 0..<length {
                let mask: UInt8 = 0x80 >> UInt8(bit % 8)
                let expected = bit / 8 < prefix.count ? prefix[bit / 8] : 0
                if bytes[bit / 8] & mask != expected & mask { return false }
            }
            return true
        }
    }

    private static let special4 = [
        Block([0], 8), Block([10], 8), Block([100, 64], 10), Block([127], 8), Block([169, 254], 16), Block([172, 16], 12),
        Block([192, 0, 0], 24), Block([192, 0, 2], 24), Block([192, 88, 99], 24), Block([192, 168], 16), Block([198, 18], 15),
        Block([198, 51, 100], 24), Block([203, 0, 113], 24), Block([224], 3),
    ]

    private static let special6 = [
        Block([], 96), Block([0x01], 8), Block([0x20, 0x01, 0x00], 23), Block([0x20, 0x01, 0x0D, 0xB8], 32), Block([0x20, 0x02], 16),
        Block([0x3F, 0xFF], 20), Block([0x5F], 8), Block([0xFC], 7), Block([0xFE, 0x80], 9), Block([0xFF], 8),
    ]

    /// The IPv4 address within a mapped (`::ffff:a.b.c.d`) or translated (`64:ff9b::a.b.c.d`) one.
    private static func embeddedIPv4(_ bytes: [UInt8]) -> [UInt8]? {
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        let translated: [UInt8] = [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]
        let prefix = Array(bytes.prefix(12))
        return prefix == mapped || prefix == translated ? Array(bytes.suffix(4)) : nil
    }
}
