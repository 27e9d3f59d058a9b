// From frames to what a terminal is sent.

/// Makes bytes that turn what a terminal shows into a frame.
struct FrameEncoder: Sendable {
    /// Whether there are colours. Bold, dim and reversed are there without.
    let isColored: Bool

    /// The lines of `frame` that differ from those of `old`, or all of them if that is nil or of another size; nothing if none does.
    ///
    /// The terminal is asked to show them at once (synchronized output, which others ignore).
    func bytes(from old: Frame?, to frame: Frame) -> [UInt8] {
        let old = old.flatMap { $0.width == frame.width && $0.height == frame.height ? $0 : nil }
        var text = ""
        for line in 0..<frame.height where old.map({ $0[line] != frame[line] }) ?? true {
            text += "\u{1B}[\(line + 1);1H"
            append(frame[line], to: &text)
        }
        guard !text.isEmpty else { return [] }
        return Array("\u{1B}[?2026h\(old == nil ? "\u{1B}[0m\u{1B}[2J" : "")\(text)\u{1B}[?2026l".utf8)
    }

    private func append(_ cells: ArraySlice<Frame.Cell>, to text: inout String) {
        var style = CellStyle.plain
        for cell in cells {
            if cell.style != style {
                style = cell.style
                text += codes(of: style)
            }
            text += cell.text
        }
        if style != .plain { text += codes(of: .plain) }
    }

    private func codes(of style: CellStyle) -> String {
        var codes = "0"
        if style.isBold { codes += ";1" }
        if style.isDim { codes += ";2" }
        if style.isReversed { codes += ";7" }
        if isColored, let color = style.color { codes += ";\(color.rawValue)" }
        return "\u{1B}[\(codes)m"
    }
}
