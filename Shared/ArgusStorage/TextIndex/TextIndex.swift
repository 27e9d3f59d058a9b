// A full-text index over documents that are stored elsewhere.

/// A table of words by document. It answers which documents hold all of some words, and keeps nothing else of them.
///
/// Documents are added once and never change; to forget them, drop the index and let newer documents go to another one.
/// Words are what the caller's tokenizer says they are: pieces of text without white space and ASCII punctuation, in lower case.
public struct TextIndex: Sendable, Hashable {
    /// The most bytes of words that a document may have; what is more makes it match every question.
    public static let maximumBytes = 900_000

    /// The table's name, a plain identifier.
    public let name: String

    /// Names an index.
    public init(_ name: String) {
        self.name = name
    }

    /// The column with the documents' numbers, for joins.
    public func documentColumn(_ dialect: Dialect) -> String {
        "\(name).\(dialect.textIndex.document)"
    }

    /// The condition that a document holds the words of a question; its one parameter is ``TextQuestion/parameter(_:)``.
    public func condition(_ dialect: Dialect) -> String {
        dialect.textIndex.condition(name)
    }

    /// An estimate of what words take in an index.
    public static func bytes(of words: String, _ dialect: Dialect) -> Int64 {
        Int64(words.utf8.count) * dialect.textIndex.expansion
    }

    /// Creates the index.
    public func create(on connection: any SQLConnection) throws {
        try Dialect.requireIdentifiers([name])
        try connection.executeScript(connection.dialect.textIndex.create(name))
    }

    /// Deletes the index.
    public func drop(on connection: any SQLConnection) throws {
        try Dialect.requireIdentifiers([name])
        try connection.executeScript("DROP TABLE IF EXISTS \(name)")
    }

    /// Adds a document.
    ///
    /// - Parameters:
    ///   - document: its number, not in the index yet.
    ///   - words: its distinct words with single spaces between them.
    ///   - isComplete: false if it has more words than these: then it matches every question.
    public func insert(_ document: Int64, words: String, isComplete: Bool = true, on connection: any SQLConnection) throws {
        try Dialect.requireIdentifiers([name])
        let fits = words.utf8.count <= Self.maximumBytes
        let marker = isComplete && fits ? "" : words.isEmpty ? TextQuestion.incomplete : " " + TextQuestion.incomplete
        try connection.execute(
            connection.dialect.textIndex.insert(name), [.integer(document), .text((fits ? words : Self.beginning(of: words)) + marker)])
    }

    private static func beginning(of words: String) -> String {
        let bytes = words.utf8.prefix(maximumBytes)
        let end = bytes.lastIndex(of: UInt8(ascii: " ")) ?? bytes.startIndex
        return String(words[..<end])
    }
}

/// Words that a document must hold, all of them.
public struct TextQuestion: Sendable, Hashable {
    /// A word, or the beginning of one.
    public struct Word: Sendable, Hashable {
        /// The text, in the form that the tokenizer gives words.
        public let text: String
        /// Whether any word that begins with the text will do.
        public let isPrefix: Bool

        /// Makes a word.
        public init(_ text: String, isPrefix: Bool = false) {
            self.text = text
            self.isPrefix = isPrefix
        }
    }

    /// Stands in documents that have words which are not in the index. Not a word of any text: it is neither letter nor digit.
    static let incomplete = "\u{FFFC}"

    /// The words; without any, every document matches.
    public let words: [Word]

    /// Makes a question. What no document's word holds, such as punctuation, is taken for a space.
    public init(_ words: [Word]) {
        self.words = words.flatMap { word in
            let pieces = word.text.split { $0.isASCII && !$0.isLetter && !$0.isNumber }
            return pieces.enumerated().map { Word(String($1), isPrefix: word.isPrefix && $0 == pieces.count - 1) }
        }
    }

    /// The question as the parameter of ``TextIndex/condition(_:)``; nil if every document matches.
    public func parameter(_ dialect: Dialect) -> SQLValue? {
        words.isEmpty ? nil : .text(dialect.textIndex.question(self))
    }
}
