// What a command prints.

import ArgusShared

/// Standard output and standard error of a command.
struct Output: Sendable {
    /// Whether the output is for programs.
    let isJSON: Bool
    let style: Style
    private let surroundings: Surroundings

    init(json: Bool, color: Bool = true, surroundings: Surroundings = .current) {
        isJSON = json
        self.surroundings = surroundings
        style = Style(
            isColored: color && !json && surroundings.isTerminal && surroundings["NO_COLOR"] == nil && surroundings["TERM"] != "dumb",
            hasSymbols: !json && surroundings.isTerminal && Self.isUTF8(surroundings))
    }

    /// Prints a line of text.
    func line(_ text: String = "") throws {
        try surroundings.standardOutput(Array((text + "\n").utf8))
    }

    /// Prints JSON on a line of its own.
    func json(_ bytes: [UInt8]) throws {
        try surroundings.standardOutput(bytes + [UInt8(ascii: "\n")])
    }

    /// Prints JSON on a line of its own.
    func json(_ value: JSONValue) throws {
        try json(value.bytes)
    }

    /// Tells something that is not the result: on standard error, so that it disturbs no program.
    func note(_ text: String) throws {
        try surroundings.standardError(Array((text + "\n").utf8))
    }

    /// The clock on the wall at a time, to the millisecond.
    func clock(_ time: Timestamp) -> String {
        LocalTime(time, utcOffset: surroundings.utcOffset).clock
    }

    /// Date and time on the wall, to the second.
    func dateAndClock(_ time: Timestamp) -> String {
        LocalTime(time, utcOffset: surroundings.utcOffset).dateAndClock
    }

    /// `dateAndClock(_:)` of an RFC 3339 time; any other text as it is.
    func dateAndClock(rfc3339 text: String?) -> String {
        guard let text else { return "" }
        return Timestamp(rfc3339: text).map { dateAndClock($0) } ?? text
    }

    private static func isUTF8(_ surroundings: Surroundings) -> Bool {
        let locale = surroundings["LC_ALL"] ?? surroundings["LC_CTYPE"] ?? surroundings["LANG"] ?? ""
        return locale.uppercased().contains("UTF-8") || locale.uppercased().contains("UTF8")
    }
}
