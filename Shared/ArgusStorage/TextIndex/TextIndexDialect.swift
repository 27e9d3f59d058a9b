// How database systems spell a full-text index.

/// The statements of a full-text index in one dialect. Names are plain identifiers.
struct TextIndexDialect: Sendable {
    /// The column with the documents' numbers.
    let document: String
    let create: @Sendable (_ name: String) -> String
    /// Takes the document's number and its words with spaces between them.
    let insert: @Sendable (_ name: String) -> String
    let condition: @Sendable (_ name: String) -> String
    let question: @Sendable (TextQuestion) -> String
    /// How many bytes of the database a byte of words takes, measured with words of telemetry.
    let expansion: Int64
}

extension TextIndexDialect {
    /// FTS5 without content, positions and sizes: only which words are in which row.
    ///
    /// The tokenizer `ascii` takes every character beyond ASCII as part of a word, so it cuts at the spaces and nowhere else.
    static let fts5 = TextIndexDialect(
        document: "rowid",
        create: { "CREATE VIRTUAL TABLE \($0) USING fts5(words, content='', columnsize=0, detail=none, tokenize='ascii')" },
        insert: { "INSERT INTO \($0) (rowid, words) VALUES (?, ?)" },
        condition: { "\($0) MATCH ?" },
        question: { question in
            let words = question.words.map { word in
                "\"\(word.text.replacing("\"", with: "\"\""))\"" + (word.isPrefix ? " *" : "")
            }
            return "(\(words.joined(separator: " AND "))) OR \"\(TextQuestion.incomplete)\""
        },
        expansion: 1)

    /// A GIN index over a tsvector, which PostgreSQL neither compresses nor reads again.
    ///
    /// Without its list of pending entries: that made documents of thousands of words slower to add (4.6 instead of 3.7 us of CPU for what
    /// a span has), and some of them, and questions, wait for seconds.
    static let tsvector = TextIndexDialect(
        document: "document",
        create: { name in
            """
            CREATE TABLE \(name) (document BIGINT PRIMARY KEY, words TSVECTOR NOT NULL);
            ALTER TABLE \(name) ALTER COLUMN words SET STORAGE EXTERNAL;
            CREATE INDEX \(name)_words ON \(name) USING GIN (words) WITH (fastupdate = off)
            """
        },
        insert: {
            "INSERT INTO \($0) (document, words) VALUES (?, COALESCE(array_to_tsvector(string_to_array(NULLIF(?, ''), ' ')), ''::tsvector))"
        },
        condition: { "\($0).words @@ CAST(? AS tsquery)" },
        question: { question in
            let words = question.words.map { word in
                let text = word.text.replacing("\\", with: "\\\\").replacing("'", with: "''")
                return "'\(text)'" + (word.isPrefix ? ":*" : "")
            }
            return "(\(words.joined(separator: " & "))) | '\(TextQuestion.incomplete)'"
        },
        expansion: 6)
}
