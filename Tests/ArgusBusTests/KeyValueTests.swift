// Key-value buckets: revisions, deletion, watching, expiry.

import ArgusBus
import ArgusShared
import TestSupport
import Testing

@Suite struct KeyValueTests {
    @Test func writesByRevision() async throws {
        try await withDeadline {
            let server = try await NATSServer.start()
            let bus = try await server.connect()
            let definition = BucketDefinition(name: "config")
            try await bus.ensure(definition)
            try await bus.ensure(definition)
            let bucket = bus.keyValue(definition)
            #expect(try await bucket.get("a") == nil)
            let first = try await bucket.create("a", bytes("1"))
            #expect(try await BusError.thrown { try await bucket.create("a", bytes("2")) }.code == .keyExists)
            let second = try await bucket.update("a", bytes("2"), revision: first)
            #expect(try await BusError.thrown { try await bucket.update("a", bytes("3"), revision: first) }.code == .keyExists)
            #expect(try await bucket.get("a")?.value == bytes("2"))
            #expect(try await BusError.thrown { try await bucket.delete("a", revision: first) }.code == .keyExists)
            try await bucket.delete("a", revision: second)
            #expect(try await bucket.get("a") == nil)
            try await bucket.create("a", bytes("4"))
            try await bucket.put("rules/x.y", bytes("5"))
            #expect(try await bucket.keys().sorted() == ["a", "rules/x.y"])
            #expect(try await bucket.entries(prefix: "rules").map(\.value) == [bytes("5")])
            for bad in ["", ".a", "a.", "a..b", "a b", "a*", "a>", "ä"] {
                #expect(try await BusError.thrown { try await bucket.put(bad, []) }.code == .invalidArgument)
            }
            await bus.drain()
        }
    }

    @Test func watchesAcrossARestart() async throws {
        try await withDeadline {
            let server = try await NATSServer.start(syncAlways: true)
            let bus = try await server.connect()
            let definition = BucketDefinition(name: "config")
            try await bus.ensure(definition)
            let bucket = bus.keyValue(definition)
            try await bucket.put("a", bytes("1"))
            try await bucket.put("a", bytes("2"))
            try await bucket.put("b", bytes("3"))
            try await bucket.delete("b")
            var updates = bucket.watch().makeAsyncIterator()
            func entry() async throws -> KeyValueBucket.Entry? {
                guard case .entry(let entry) = try await updates.next() else { return nil }
                return entry
            }
            #expect(try await entry()?.value == bytes("2"))
            #expect(try await updates.next() == .initialValuesDone)
            try await bucket.put("c", bytes("4"))
            #expect(try await entry()?.key == "c")
            server.kill()
            try await server.restart()
            try await bucket.put("d", bytes("5"))
            try await bucket.delete("a")
            #expect(try await entry()?.key == "d")
            #expect(try await entry()?.operation == .delete)
            await bus.drain()
        }
    }

    @Test func expiresAndKeepsHistory() async throws {
        try await withDeadline {
            let server = try await NATSServer.start()
            let bus = try await server.connect()
            var definition = BucketDefinition(name: "leases")
            definition.timeToLive = .milliseconds(500)
            definition.history = 3
            try await bus.ensure(definition)
            let bucket = bus.keyValue(definition)
            let revision = try await bucket.create("a", bytes("1"))
            try await eventually("it expires") { try await bucket.get("a") == nil }
            #expect(try await bucket.create("a", bytes("2")) > revision)
            for value in 3...6 { try await bucket.put("a", bytes("\(value)")) }
            #expect(try await bus.streamInfo("KV_leases").messages == 3)
            try await bucket.purge("a")
            #expect(try await bus.streamInfo("KV_leases").messages == 1)
            #expect(try await bucket.keys().isEmpty)
            await bus.drain()
        }
    }

    @Test func watchesAPatternAndSaysWhenItHasAll() async throws {
        try await withDeadline {
            let server = try await NATSServer.start()
            let bus = try await server.connect()
            let definition = BucketDefinition(name: "config")
            var missing = bus.keyValue(definition).watch().makeAsyncIterator()
            #expect(try await BusError.thrown { _ = try await missing.next() }.code == .notFound)
            try await bus.ensure(definition)
            let bucket = bus.keyValue(definition)
            for index in 0..<1000 { try await bucket.put("rules.\(index)", bytes("\(index)")) }
            try await bucket.put("managers.1", bytes("m"))
            try await bucket.delete("rules.999")
            var keys: Set<String> = []
            for try await update in bucket.watch("rules.*") {
                if case .entry(let entry) = update { keys.insert(entry.key) } else { break }
            }
            #expect(keys == Set((0..<999).map { "rules.\($0)" }))
            await bus.drain()
        }
    }
}
