// What a terminal can show, and how times read there.

import ArgusShared

/// The means of drawing.
struct TopLook: Sendable {
    var isASCII = false
    /// `09:53:31.123` of a time.
    var clock: @Sendable (Timestamp) -> String

    /// The mark of a severity.
    func mark(_ level: ProcessEvent.Level) -> String {
        Style(isColored: false, hasSymbols: !isASCII).icon(level)
    }

    var line: String { isASCII ? "-" : "─" }
    var branch: String { isASCII ? "|- " : "├ " }
    var lastBranch: String { isASCII ? "`- " : "└ " }
    var pointer: String { isASCII ? ">" : "▶" }
    var arrow: String { isASCII ? "->" : "→" }
}
