// Colours and symbols, where the terminal has them.

import ArgusShared

/// How text is adorned.
struct Style: Sendable, Hashable {
    enum Color: String, Sendable {
        case red = "31"
        case green = "32"
        case yellow = "33"
        case blue = "34"
        case dim = "2"
        case bold = "1"
    }

    let isColored: Bool
    /// Whether symbols beyond ASCII are shown.
    let hasSymbols: Bool

    static let plain = Style(isColored: false, hasSymbols: false)

    /// `text` in a colour, if there are colours.
    func paint(_ text: String, _ color: Color?) -> String {
        guard isColored, let color else { return text }
        return "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m"
    }

    /// The mark of a severity.
    func icon(_ level: ProcessEvent.Level) -> String {
        let mark =
            switch level {
            case .debug: hasSymbols ? "·" : "."
            case .info: hasSymbols ? "ℹ" : "i"
            case .warning: hasSymbols ? "⚠" : "!"
            case .error: hasSymbols ? "✖" : "x"
            }
        return paint(mark, color(level))
    }

    /// The colour of a severity.
    func color(_ level: ProcessEvent.Level) -> Color {
        switch level {
        case .debug: .dim
        case .info: .blue
        case .warning: .yellow
        case .error: .red
        }
    }

    /// An arrow.
    var arrow: String { hasSymbols ? "→" : "->" }
}
