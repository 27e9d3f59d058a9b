// The public key that belongs to an nkey seed.

import Crypto
import Foundation

/// NATS nkeys (Ed25519 keys in base 32 with a prefix and a CRC-16).
enum NKey {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
    private static let seedPrefix: UInt8 = 18 << 3
    private static let userPrefix: UInt8 = 20 << 3

    /// The public user key (`U...`) of the seed (`SU...`) in a file. The library signs with the seed but does not know the public key.
    static func publicKey(ofSeedFile file: String) throws(BusError) -> String {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw BusError(.invalidArgument, "the nkey seed file \(file) cannot be read")
        }
        let words = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard let seed = words.first(where: { $0.hasPrefix("SU") }), let key = publicKey(ofSeed: String(seed)) else {
            throw BusError(.invalidArgument, "the file \(file) holds no nkey user seed (SU...)")
        }
        return key
    }

    /// The public user key of a seed; nil if it is none.
    static func publicKey(ofSeed seed: String) -> String? {
        guard let bytes = decode(seed), bytes.count == 36, bytes[0] & 0xF8 == seedPrefix,
            (bytes[0] & 7) << 5 | (bytes[1] & 0xF8) >> 3 == userPrefix,
            crc16(bytes[..<34]) == UInt16(bytes[34]) | UInt16(bytes[35]) << 8,
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes[2..<34])
        else { return nil }
        return encode([userPrefix] + key.publicKey.rawRepresentation)
    }

    /// The seed of a new user key.
    static func makeSeed() -> String {
        encode([seedPrefix | userPrefix >> 5, (userPrefix & 31) << 3] + Curve25519.Signing.PrivateKey().rawRepresentation)
    }

    private static func encode(_ bytes: [UInt8]) -> String {
        let checksum = crc16(bytes[...])
        var text: [UInt8] = []
        var buffer: UInt32 = 0
        var bits = 0
        for byte in bytes + [UInt8(truncatingIfNeeded: checksum), UInt8(checksum >> 8)] {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                text.append(alphabet[Int(buffer >> UInt32(bits) & 31)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(buffer << UInt32(5 - bits) & 31)]) }
        return String(decoding: text, as: UTF8.self)
    }

    private static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer: UInt32 = 0
        var bits = 0
        for character in text.utf8 {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            buffer = buffer << 5 | UInt32(value)
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
            }
        }
        return bytes
    }

    private static func crc16(_ bytes: ArraySlice<UInt8>) -> UInt16 {
        var crc: UInt16 = 0
        for byte in bytes {
            crc ^= UInt16(byte) << 8
            for _ in 0..<8 { crc = crc & 0x8000 == 0 ? crc << 1 : crc << 1 ^ 0x1021 }
        }
        return crc
    }
}
