// A screenful of characters.

/// How a character is drawn.
struct CellStyle: Sendable, Hashable {
    enum Color: UInt8, Sendable {
        case red = 31
        case green = 32
        case yellow = 33
        case blue = 34
        case cyan = 36
    }

    var color: Color?
    var isBold = false
    var isDim = false
    var isReversed = false

    static let plain = CellStyle()
    static let bold = CellStyle(isBold: true)
    static let dim = CellStyle(isDim: true)

    static func colored(_ color: Color?) -> CellStyle {
        CellStyle(color: color)
    }

    /// The same on a bar.
    var reversed: CellStyle {
        var style = self
        style.isReversed = true
        return style
    }
}

/// Exactly `width` columns and `height` lines.
struct Frame: Sendable, Hashable {
    /// One column of one line.
    struct Cell: Sendable, Hashable {
        /// Empty in the second column of a wide character.
        var text = " "
        var style = CellStyle.plain
    }

    let width: Int
    let height: Int
    /// Whether the terminal shows ASCII only.
    let isASCII: Bool
    private(set) var cells: [Cell]

    init(width: Int, height: Int, isASCII: Bool = false) {
        self.width = max(0, width)
        self.height = max(0, height)
        self.isASCII = isASCII
        cells = Array(repeating: Cell(), count: self.width * self.height)
    }

    /// The cells of a line.
    subscript(line: Int) -> ArraySlice<Cell> {
        cells[line * width..<(line + 1) * width]
    }

    /// Draws text from a column on, at most `limit` columns and never beyond the line; what is cut off ends with `~` or an ellipsis.
    ///
    /// - Returns: how many columns were drawn.
    @discardableResult
    mutating func put(_ text: String, _ style: CellStyle = .plain, x: Int, y: Int, limit: Int = .max) -> Int {
        guard (0..<height).contains(y), x >= 0, x < width, limit > 0 else { return 0 }
        let room = min(limit, width - x)
        let glyphs = Glyph.all(in: text, isASCII: isASCII)
        let isCut = glyphs.reduce(0) { $0 + $1.width } > room
        var column = 0
        for glyph in glyphs {
            guard column + glyph.width <= room - (isCut ? 1 : 0) else { break }
            set(Cell(text: glyph.text, style: style), x + column, y)
            if glyph.width == 2 { set(Cell(text: "", style: style), x + column + 1, y) }
            column += glyph.width
        }
        if isCut {
            set(Cell(text: isASCII ? "~" : "…", style: style), x + column, y)
            column += 1
        }
        return column
    }

    /// Draws text that ends before a column.
    mutating func put(_ text: String, _ style: CellStyle = .plain, endingAt end: Int, y: Int, limit: Int) {
        let columns = min(Glyph.width(of: text), limit)
        put(text, style, x: end - columns, y: y, limit: columns)
    }

    /// Gives all of a line's cells from one column to before another a style, whatever they hold.
    mutating func restyle(y: Int, from start: Int = 0, to end: Int? = nil, _ change: (inout CellStyle) -> Void) {
        guard (0..<height).contains(y) else { return }
        let end = min(end ?? width, width)
        guard start < end else { return }
        for column in start..<end { change(&cells[y * width + column].style) }
    }

    /// The texts of the lines, without the spaces at their ends.
    var lines: [String] {
        (0..<height).map { line in
            let text = self[line].map(\.text).joined()
            return String(text.reversed().drop { $0 == " " }.reversed())
        }
    }

    /// Half of a wide character that is overwritten must not stay.
    private mutating func set(_ cell: Cell, _ x: Int, _ y: Int) {
        let index = y * width + x
        if cells[index].text.isEmpty, x > 0, !cell.text.isEmpty { cells[index - 1].text = " " }
        cells[index] = cell
        if x + 1 < width, cells[index + 1].text.isEmpty { cells[index + 1].text = " " }
    }
}
