// Where process events are published: `core.process.{namespace}.{name}.{type}`.

/// Subjects of process events. What a subject's token cannot hold is escaped as `%` and two hexadecimal digits per byte.
public enum ProcessSubject {
    /// All process events.
    public static let all = "core.process.>"

    /// The subject of events of one type of one process; nil stands for any.
    public static func make(namespace: String? = nil, name: String? = nil, type: ProcessEvent.Kind? = nil) -> String {
        "core.process.\(namespace.map(escape) ?? "*").\(name.map(escape) ?? "*").\(type?.rawValue ?? "*")"
    }

    /// The namespace and name of a subject made by ``make(namespace:name:type:)``; nil for any other.
    public static func process(of subject: String) -> (namespace: String, name: String)? {
        let tokens = subject.split(separator: ".", omittingEmptySubsequences: false)
        guard tokens.count == 5, tokens[0] == "core", tokens[1] == "process", let namespace = unescape(tokens[2]),
            let name = unescape(tokens[3])
        else { return nil }
        return (namespace, name)
    }

    /// One token: letters, digits, `-` and `_` as they are, every other byte escaped. The empty text becomes a lone `%`.
    public static func escape(_ text: String) -> String {
        guard !text.isEmpty else { return "%" }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            if isPlain(byte) {
                bytes.append(byte)
            } else {
                bytes.append(UInt8(ascii: "%"))
                bytes.append(hexadecimal(byte >> 4))
                bytes.append(hexadecimal(byte & 15))
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The text of a token; nil for one that ``escape(_:)`` does not make.
    public static func unescape(_ token: some StringProtocol) -> String? {
        if token == "%" { return "" }
        var bytes: [UInt8] = []
        var rest = Array(token.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), !isPlain(value) else {
                    return nil
                }
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                guard isPlain(byte) else { return nil }
                bytes.append(byte)
            }
        }
        return bytes.isEmpty ? nil : String(validating: bytes, as: UTF8.self)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func hexadecimal(_ digit: UInt8) -> UInt8 {
        digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10
    }
}
