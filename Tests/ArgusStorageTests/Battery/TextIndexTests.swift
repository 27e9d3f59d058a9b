// Full-text indexes.

import Testing

@testable import ArgusStorage

extension StorageBattery {
    @Suite struct TextIndexes {
        private static let index = TextIndex("words_1")

        private func documents(_ database: any Database, _ words: [TextQuestion.Word]) async throws -> [Int64] {
            let question = TextQuestion(words)
            return try await database.read { connection in
                let dialect = connection.dialect
                let column = Self.index.documentColumn(dialect)
                let parameter = try #require(question.parameter(dialect))
                return try connection.query(
                    "SELECT \(column) FROM \(Self.index.name) WHERE \(Self.index.condition(dialect)) ORDER BY \(column) DESC", [parameter]
                ) { try $0.integer(0) }
            }
        }

        private func withDocuments(_ driver: StorageConfiguration.Driver, _ body: (any Database) async throws -> Void) async throws {
            try await withDatabase(driver) { database, _ in
                try await database.write { connection in
                    try Self.index.create(on: connection)
                    try Self.index.insert(1, words: "order 4711 größe t00ff", on: connection)
                    try Self.index.insert(2, words: "order 4712 日本 ordering", on: connection)
                    try Self.index.insert(3, words: "", on: connection)
                    try Self.index.insert(70_000_000_000, words: "payment or and not near 'q' \\", on: connection)
                }
                try await body(database)
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func allWordsMustBeThere(_ driver: StorageConfiguration.Driver) async throws {
            let cases: [([TextQuestion.Word], [Int64])] = [
                ([.init("order")], [2, 1]), ([.init("order"), .init("4711")], [1]), ([.init("größe")], [1]), ([.init("日本")], [2]),
                ([.init("ord")], []), ([.init("ord", isPrefix: true)], [2, 1]), ([.init("471", isPrefix: true), .init("ordering")], [2]),
            ]
            try await withDocuments(driver) { database in
                for (words, expected) in cases {
                    let found = try await documents(database, words)
                    #expect(found == expected, "\(words)")
                }
            }
        }

        @Test func aQuestionWithoutWordsIsNone() {
            let parameter = TextQuestion([.init(""), .init("*'", isPrefix: true)]).parameter(.sqlite)
            #expect(parameter == nil as SQLValue?)
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func wordsOfTheQuestionAreNeverSyntax(_ driver: StorageConfiguration.Driver) async throws {
            try await withDocuments(driver) { database in
                #expect(try await documents(database, [.init("or"), .init("and"), .init("not"), .init("near")]) == [70_000_000_000])
                for word in ["\"", "'", "\\", "*", "a' | 'order", "a\" OR \"order", ":*", "&", "()", "words:order"] {
                    _ = try await documents(database, [.init("nothing"), .init(word)])
                    #expect(try await documents(database, [.init("nothing"), .init(word, isPrefix: true)]) == [])
                }
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func whatHasMoreWordsThanFitMatchesEverything(_ driver: StorageConfiguration.Driver) async throws {
            try await withDocuments(driver) { database in
                try await database.write { connection in
                    try Self.index.insert(4, words: "few", isComplete: false, on: connection)
                    let many = (0..<200_000).map { "w\($0)" }.joined(separator: " ")
                    try Self.index.insert(5, words: many, on: connection)
                    try Self.index.insert(6, words: "", isComplete: false, on: connection)
                }
                #expect(try await documents(database, [.init("payment")]) == [70_000_000_000, 6, 5, 4])
                #expect(try await documents(database, [.init("w1")]) == [6, 5, 4])
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func aDroppedIndexIsGone(_ driver: StorageConfiguration.Driver) async throws {
            try await withDocuments(driver) { database in
                try await database.write { try Self.index.drop(on: $0) }
                try await database.write { try Self.index.drop(on: $0) }
                let error = try await failure { _ = try await documents(database, [.init("order")]) }
                #expect(error.code == .syntax)
                try await database.write { try Self.index.create(on: $0) }
                #expect(try await documents(database, [.init("order")]) == [])
            }
        }
    }
}
