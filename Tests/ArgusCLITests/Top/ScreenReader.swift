// A terminal as simple as it can be: it understands what the dashboard writes, and nothing else.

@testable import ArgusCLI

/// Keeps the cells that bytes make.
struct ScreenReader {
    struct Unknown: Error {
        let text: String
    }

    private(set) var cells: [Frame.Cell]
    private let width: Int
    private let height: Int
    private var style = CellStyle.plain
    private var place = (x: 0, y: 0)

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        cells = Array(repeating: Frame.Cell(), count: width * height)
    }

    mutating func read(_ bytes: [UInt8]) throws {
        var rest = String(decoding: bytes, as: UTF8.self).unicodeScalars[...]
        while let scalar = rest.popFirst() {
            guard scalar == "\u{1B}" else {
                try put(scalar)
                continue
            }
            guard rest.popFirst() == "[" else { throw Unknown(text: "escape") }
            let parameters = String(String.UnicodeScalarView(rest.prefix { !("@"..."~").contains($0) }))
            rest = rest.dropFirst(parameters.unicodeScalars.count)
            guard let final = rest.popFirst() else { throw Unknown(text: parameters) }
            try control(parameters, final)
        }
    }

    private mutating func put(_ scalar: Unicode.Scalar) throws {
        let glyphs = Glyph.all(in: String(scalar))
        if glyphs.isEmpty {
            // A mark on the character before.
            var x = place.x - 1
            while x > 0, cells[place.y * width + x].text.isEmpty { x -= 1 }
            cells[place.y * width + x].text.unicodeScalars.append(scalar)
            return
        }
        guard let glyph = glyphs.first, glyph.text == String(scalar), place.x + glyph.width <= width else {
            throw Unknown(text: "U+\(String(scalar.value, radix: 16)) at \(place)")
        }
        cells[place.y * width + place.x] = Frame.Cell(text: String(scalar), style: style)
        if glyph.width == 2 { cells[place.y * width + place.x + 1] = Frame.Cell(text: "", style: style) }
        place.x += glyph.width
    }

    private mutating func control(_ parameters: String, _ final: Unicode.Scalar) throws {
        switch (final, parameters) {
        case ("h", "?2026"), ("l", "?2026"): break
        case ("J", "2"): cells = Array(repeating: Frame.Cell(text: " ", style: style), count: width * height)
        case ("H", _):
            let numbers = parameters.split(separator: ";").compactMap { Int($0) }
            guard numbers.count == 2, (1...height).contains(numbers[0]), (1...width).contains(numbers[1]) else {
                throw Unknown(text: parameters)
            }
            place = (numbers[1] - 1, numbers[0] - 1)
        case ("m", _): for code in parameters.split(separator: ";") { try set(code) }
        default: throw Unknown(text: "\(parameters)\(final)")
        }
    }

    private mutating func set(_ code: Substring) throws {
        switch code {
        case "0": style = .plain
        case "1": style.isBold = true
        case "2": style.isDim = true
        case "7": style.isReversed = true
        default:
            guard let color = UInt8(code).flatMap(CellStyle.Color.init(rawValue:)) else { throw Unknown(text: String(code)) }
            style.color = color
        }
    }
}
