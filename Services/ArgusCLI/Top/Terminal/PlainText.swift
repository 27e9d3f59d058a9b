// Log lines without what they would do to a terminal.

/// Text as its author meant it to be read.
enum PlainText {
    private enum State {
        case text
        case escape
        /// Within `ESC [`: up to a letter.
        case sequence
        /// Within `ESC ]` and its like: up to BEL or `ESC \`.
        case string
        case stringEscape
        /// One more byte, after `ESC (` and its like.
        case one
    }

    /// A line without the sequences that colour it or move the cursor, and with spaces for tabs.
    static func of(_ line: String) -> String {
        guard line.utf8.contains(where: { $0 < 0x20 }) else { return line }
        var text = String.UnicodeScalarView()
        var state = State.text
        for scalar in line.unicodeScalars {
            switch state {
            case .text:
                switch scalar {
                case "\u{1B}": state = .escape
                case "\t": text.append(contentsOf: "    ".unicodeScalars)
                case "\r": break
                default: text.append(scalar)
                }
            case .escape:
                switch scalar {
                case "[": state = .sequence
                case "]", "P", "X", "^", "_": state = .string
                case " "..."/": state = .one
                default: state = .text
                }
            case .sequence: if ("@"..."~").contains(scalar) { state = .text }
            case .string: state = scalar == "\u{7}" ? .text : scalar == "\u{1B}" ? .stringEscape : .string
            case .stringEscape: state = scalar == "\\" ? .text : .string
            case .one: state = .text
            }
        }
        return String(text)
    }
}
