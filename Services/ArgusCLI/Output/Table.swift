// Columns of text.

/// A table that is as wide as its contents.
struct Table: Sendable {
    private let header: [String]
    private var rows: [[Cell]] = []

    /// A text and its colour.
    struct Cell: Sendable, ExpressibleByStringInterpolation {
        var text: String
        var color: Style.Color?

        init(_ text: String, _ color: Style.Color? = nil) {
            self.text = text
            self.color = color
        }

        init(stringLiteral value: String) {
            self.init(value)
        }
    }

    init(_ header: String...) {
        self.header = header
    }

    mutating func add(_ cells: Cell...) {
        rows.append(cells.map { Cell(Self.printable($0.text), $0.color) })
    }

    /// The header and the rows; nothing for a table without rows.
    func lines(_ style: Style) -> [String] {
        guard !rows.isEmpty else { return [] }
        let all = [header.map { Cell($0, .bold) }] + rows
        let widths = header.indices.map { column in
            all.map { $0.indices.contains(column) ? Glyph.width(of: $0[column].text) : 0 }.max() ?? 0
        }
        return all.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += style.paint(cell.text, cell.color)
                if column < row.count - 1 { line += String(repeating: " ", count: widths[column] - Glyph.width(of: cell.text) + 2) }
            }
            return line
        }
    }

    /// Control characters would let a text move the cursor or change colours: they become spaces.
    static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}

extension Output {
    /// Prints a table, or `empty` if it has no rows.
    func table(_ table: Table, empty: String) throws {
        let lines = table.lines(style)
        guard !lines.isEmpty else { return try line(empty) }
        for text in lines { try line(text) }
    }
}
