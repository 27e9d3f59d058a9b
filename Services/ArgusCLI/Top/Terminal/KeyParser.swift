// From the bytes that a terminal sends to keys.

/// Reads keys from bytes that come in pieces of any size.
///
/// A sequence that means nothing here is passed over as a whole, so that its letters are no commands. What is kept between two pieces is
/// bounded.
struct KeyParser: Sendable {
    private enum State: Sendable {
        case ground
        case escape
        /// After `ESC [`: its parameters so far.
        case control([UInt8])
        /// After `ESC O`.
        case singleShift
        /// After `ESC ]`, `ESC P` and their like: a text until `ESC \` or BEL.
        case text(endsWithEscape: Bool)
        /// Within a character of UTF-8.
        case character([UInt8])
        case paste([UInt8])
    }

    private static let longestSequence = 64
    private static let longestPaste = 4096
    private static let pasteEnd = Array("\u{1B}[201~".utf8)

    private var state = State.ground
    /// The last bytes of a paste, which may be the beginning of its end.
    private var pasteTail: [UInt8] = []

    /// Whether a sequence has begun and not ended. If nothing follows, it is an ESC key: see ``flush()``.
    var isPending: Bool {
        switch state {
        case .escape, .control, .singleShift: true
        default: false
        }
    }

    /// Takes the next bytes and returns the keys that are complete.
    mutating func feed(_ bytes: some Sequence<UInt8>) -> [Key] {
        var keys: [Key] = []
        for byte in bytes { take(byte, &keys) }
        return keys
    }

    /// Nothing followed for a while: a lone ESC was the key.
    mutating func flush() -> [Key] {
        guard isPending else { return [] }
        defer { state = .ground }
        if case .escape = state { return [.escape] }
        return []
    }

    private mutating func take(_ byte: UInt8, _ keys: inout [Key]) {
        switch state {
        case .ground: begin(byte, &keys)
        case .escape: afterEscape(byte, &keys)
        case .singleShift:
            state = .ground
            if let key = Self.cursorKey(byte) { keys.append(key) }
        case .control(let parameters): control(parameters, byte, &keys)
        case .text(let endsWithEscape):
            let ends = byte == 0x07 || endsWithEscape && byte == UInt8(ascii: "\\")
            state = ends ? .ground : .text(endsWithEscape: byte == 0x1B)
        case .character(let bytes): character(bytes, byte, &keys)
        case .paste(let text): paste(text, byte, &keys)
        }
    }

    private mutating func begin(_ byte: UInt8, _ keys: inout [Key]) {
        switch byte {
        case 0x1B: state = .escape
        case 0x0D, 0x0A: keys.append(.enter)
        case 0x09: keys.append(.tab)
        case 0x7F, 0x08: keys.append(.backspace)
        case 0x01...0x1A: keys.append(.control(Character(UnicodeScalar(byte + 0x60))))
        case 0x00...0x1F: break
        case 0x20...0x7E: keys.append(.character(Character(UnicodeScalar(byte))))
        case 0xC2...0xF4: state = .character([byte])
        default: break
        }
    }

    private mutating func afterEscape(_ byte: UInt8, _ keys: inout [Key]) {
        switch byte {
        case UInt8(ascii: "["): state = .control([])
        case UInt8(ascii: "O"): state = .singleShift
        case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"), UInt8(ascii: "_"):
            state = .text(endsWithEscape: false)
        case 0x1B: keys.append(.escape)
        default:
            // A key with Alt, which is no command.
            state = .ground
        }
    }

    private mutating func control(_ parameters: [UInt8], _ byte: UInt8, _ keys: inout [Key]) {
        switch byte {
        case 0x20...0x3F:
            // What is longer than any key goes on to its end without being kept.
            state = .control(parameters.count < Self.longestSequence ? parameters + [byte] : parameters)
        case 0x40...0x7E:
            state = .ground
            if byte == UInt8(ascii: "~"), parameters == Array("200".utf8) {
                state = .paste([])
                pasteTail = []
            } else if let key = Self.key(parameters, byte) {
                keys.append(key)
            }
        case 0x1B: state = .escape
        default: state = .ground
        }
    }

    private mutating func character(_ bytes: [UInt8], _ byte: UInt8, _ keys: inout [Key]) {
        guard byte & 0xC0 == 0x80 else {
            state = .ground
            return begin(byte, &keys)
        }
        let all = bytes + [byte]
        let length = bytes[0] < 0xE0 ? 2 : bytes[0] < 0xF0 ? 3 : 4
        guard all.count == length else {
            state = .character(all)
            return
        }
        state = .ground
        guard let text = String(validating: all, as: UTF8.self), let character = text.first,
            !character.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { return }
        keys.append(.character(character))
    }

    private mutating func paste(_ text: [UInt8], _ byte: UInt8, _ keys: inout [Key]) {
        pasteTail.append(byte)
        if pasteTail == Self.pasteEnd {
            state = .ground
            pasteTail = []
            keys.append(.paste(String(decoding: text, as: UTF8.self)))
            return
        }
        var text = text
        while !pasteTail.isEmpty, !Self.pasteEnd.starts(with: pasteTail) {
            let first = pasteTail.removeFirst()
            if text.count < Self.longestPaste { text.append(first) }
        }
        state = .paste(text)
    }

    private static func key(_ parameters: [UInt8], _ final: UInt8) -> Key? {
        if final == UInt8(ascii: "~") {
            switch String(decoding: parameters.prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self) {
            case "1", "7": return .home
            case "3": return .delete
            case "4", "8": return .end
            case "5": return .pageUp
            case "6": return .pageDown
            default: return nil
            }
        }
        return final == UInt8(ascii: "Z") ? .backTab : cursorKey(final)
    }

    private static func cursorKey(_ final: UInt8) -> Key? {
        switch final {
        case UInt8(ascii: "A"): .up
        case UInt8(ascii: "B"): .down
        case UInt8(ascii: "C"): .right
        case UInt8(ascii: "D"): .left
        case UInt8(ascii: "F"): .end
        case UInt8(ascii: "H"): .home
        case UInt8(ascii: "M"): .enter
        default: nil
        }
    }
}
