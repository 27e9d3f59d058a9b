// Text as a terminal shows it: how many columns each character takes, and nothing that would do anything else than be shown.

/// A character as it is put on the screen, with the marks that combine with it.
struct Glyph: Sendable, Hashable {
    private(set) var text: String
    /// 1 or 2 columns.
    let width: Int
    private var marks = 0

    private static let mostMarks = 3

    private init(_ text: String, width: Int) {
        self.text = text
        self.width = width
    }

    /// What is shown of `text`.
    ///
    /// Terminals differ in what they join to one picture, so scalars stay by themselves: what only joins, colours or turns others is left
    /// out, flags become letters, and control characters spaces.
    ///
    /// - Parameter isASCII: whether the terminal has no others; those become question marks.
    static func all(in text: some StringProtocol, isASCII: Bool = false) -> [Glyph] {
        var glyphs: [Glyph] = []
        glyphs.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            if scalar.value >= 0x20, scalar.value < 0x7F {
                glyphs.append(Glyph(String(scalar), width: 1))
            } else if let glyph = make(scalar) {
                glyphs.append(isASCII && !scalar.isASCII && glyph.text != " " ? Glyph("?", width: 1) : glyph)
            } else if isMark(scalar), !isASCII, let last = glyphs.indices.last, glyphs[last].marks < mostMarks {
                glyphs[last].text.unicodeScalars.append(scalar)
                glyphs[last].marks += 1
            }
        }
        return glyphs
    }

    /// How many columns `text` takes.
    static func width(of text: some StringProtocol) -> Int {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } ? text.utf8.count : all(in: text).reduce(0) { $0 + $1.width }
    }

    /// nil for what has no column of its own.
    private static func make(_ scalar: Unicode.Scalar) -> Glyph? {
        switch scalar.value {
        case 0x1F1E6...0x1F1FF:
            return Unicode.Scalar(scalar.value - 0x1F1E6 + 0x41).map { Glyph(String($0), width: 1) }
        // Skin tones; vowels and finals of Korean syllables, which join the consonant before.
        case 0x1F3FB...0x1F3FF, 0x1160...0x11FF, 0xD7B0...0xD7FB: return nil
        default: break
        }
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: return Glyph(" ", width: 1)
        case .format, .nonspacingMark, .enclosingMark: return nil
        case .privateUse, .surrogate, .unassigned: return Glyph("?", width: 1)
        default: return Glyph(String(scalar), width: isWide(scalar.value) ? 2 : 1)
        }
    }

    /// Whether it is drawn over the character before. Selectors of a variation would change that one's width.
    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0xFE00...0xFE0F, 0xE0100...0xE01EF, 0x1F3FB...0x1F3FF: false
        case 0x1160...0x11FF, 0xD7B0...0xD7FB: true
        default: scalar.properties.generalCategory == .nonspacingMark || scalar.properties.generalCategory == .enclosingMark
        }
    }

    private static func isWide(_ value: UInt32) -> Bool {
        guard value >= 0x1100 else { return false }
        var low = 0
        var high = wide.count
        while low < high {
            let middle = (low + high) / 2
            if value < wide[middle].lowerBound {
                high = middle
            } else if value > wide[middle].upperBound {
                low = middle + 1
            } else {
                return true
            }
        }
        return false
    }

    /// Unicode's EastAsianWidth.txt (version 15), `W` and `F`, in order.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x231A...0x231B, 0x2329...0x232A, 0x23E9...0x23EC, 0x23F0...0x23F0, 0x23F3...0x23F3, 0x25FD...0x25FE,
        0x2614...0x2615, 0x2648...0x2653, 0x267F...0x267F, 0x2693...0x2693, 0x26A1...0x26A1, 0x26AA...0x26AB, 0x26BD...0x26BE,
        0x26C4...0x26C5, 0x26CE...0x26CE, 0x26D4...0x26D4, 0x26EA...0x26EA, 0x26F2...0x26F3, 0x26F5...0x26F5, 0x26FA...0x26FA,
        0x26FD...0x26FD, 0x2705...0x2705, 0x270A...0x270B, 0x2728...0x2728, 0x274C...0x274C, 0x274E...0x274E, 0x2753...0x2755,
        0x2757...0x2757, 0x2795...0x2797, 0x27B0...0x27B0, 0x27BF...0x27BF, 0x2B1B...0x2B1C, 0x2B50...0x2B50, 0x2B55...0x2B55,
        0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19,
        0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF, 0x1F004...0x1F004, 0x1F0CF...0x1F0CF,
        0x1F18E...0x1F18E, 0x1F191...0x1F19A, 0x1F200...0x1F265, 0x1F300...0x1F320, 0x1F32D...0x1F335, 0x1F337...0x1F37C,
        0x1F37E...0x1F393, 0x1F3A0...0x1F3CA, 0x1F3CF...0x1F3D3, 0x1F3E0...0x1F3F0, 0x1F3F4...0x1F3F4, 0x1F3F8...0x1F43E,
        0x1F440...0x1F440, 0x1F442...0x1F4FC, 0x1F4FF...0x1F53D, 0x1F54B...0x1F54E, 0x1F550...0x1F567, 0x1F57A...0x1F57A,
        0x1F595...0x1F596, 0x1F5A4...0x1F5A4, 0x1F5FB...0x1F64F, 0x1F680...0x1F6C5, 0x1F6CC...0x1F6CC, 0x1F6D0...0x1F6D2,
        0x1F6D5...0x1F6D7, 0x1F6DC...0x1F6DF, 0x1F6EB...0x1F6EC, 0x1F6F4...0x1F6FC, 0x1F7E0...0x1F7EB, 0x1F7F0...0x1F7F0,
        0x1F90C...0x1F93A, 0x1F93C...0x1F945, 0x1F947...0x1F9FF, 0x1FA70...0x1FAFF, 0x20000...0x3FFFD,
    ]
}
