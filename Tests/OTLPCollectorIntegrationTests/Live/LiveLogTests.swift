// Live logs: what comes, to whom, and what happens to those who are slow or come back.

import ArgusOTLP
import ArgusService
import ArgusShared
import NIOHTTP1
import TestSupport
import Testing

@testable import OTLPCollector

@Suite struct LiveLogTests {
    @Test func logsComeAsTheyAreStored() async throws {
        let bed = try await CollectorBed()
        try await bed.withInstance { instance in
            try await instance.store(logs: [CollectorBed.log("before")])
            let reader = LiveReader(port: instance.port)
            try await reader.connected()
            try await instance.store(logs: (0..<3).map { CollectorBed.log("number \($0)") })
            let messages = try await reader.read(entries: 3)
            #expect(messages.flatMap(\.bodies).sorted() == ["number 0", "number 1", "number 2"])
            #expect(messages.allSatisfy { $0.missed == 0 && !$0.isGap })
            let health = try await instance.get("/api/health").json
            #expect(health["live_clients"]?.integerValue == 1)
            await reader.stop()
            try await eventually("nobody follows") {
                try await instance.get("/api/health").json["live_clients"]?.integerValue == 0
            }
        }
    }

    @Test func whatOtherInstancesStoreComesToo() async throws {
        let bed = try await CollectorBed()
        let postgres = try await PostgresServer()
        let environment = ["DB_DRIVER": "postgres", "DB_DSN": try await postgres.createDatabase()]
        try await bed.withInstance(environment) { first in
            try await bed.withInstance(environment) { second in
                let readers = [LiveReader(port: first.port), LiveReader(port: second.port)]
                for reader in readers { try await reader.connected() }
                // The instances share the work: each stores some.
                for batch in 0..<10 { try await second.store(logs: [CollectorBed.log("batch \(batch)")]) }
                for reader in readers {
                    let messages = try await reader.read(entries: 10)
                    #expect(Set(messages.flatMap(\.bodies)) == Set((0..<10).map { "batch \($0)" }))
                    #expect(messages.flatMap(\.ids) == messages.flatMap(\.ids).sorted())
                }
                await LiveReader.stop(readers)
            }
        }
    }

    @Test func filtersChooseWhatComes() async throws {
        let bed = try await CollectorBed()
        try await bed.withInstance { instance in
            let errors = LiveReader(port: instance.port, query: "?severity=error")
            let shop = LiveReader(port: instance.port, query: "?service=shop&service=none")
            let words = LiveReader(port: instance.port, query: "?q=red+appl*")
            for reader in [errors, shop, words] { try await reader.connected() }
            try await instance.store(
                logs: [CollectorBed.log("a red apple", severity: 17), CollectorBed.log("a green apple", severity: 9)], service: "shop")
            try await instance.store(
                logs: [CollectorBed.log("red apples", severity: 13), CollectorBed.log("fatal", severity: 21)], service: "pay")
            #expect(try await errors.read(entries: 2).flatMap(\.bodies).sorted() == ["a red apple", "fatal"])
            #expect(try await shop.read(entries: 2).flatMap(\.bodies).sorted() == ["a green apple", "a red apple"])
            #expect(try await words.read(entries: 2).flatMap(\.bodies).sorted() == ["a red apple", "red apples"])
            await LiveReader.stop([errors, shop, words])
        }
    }

    @Test func aWrongQueryIsRefusedBeforeTheUpgrade() async throws {
        let bed = try await CollectorBed()
        try await bed.withInstance { instance in
            for (query, field) in [("?severity=loud", "severity"), ("?after=x", "after"), ("?colour=red", "colour"), ("?q=", "q")] {
                let (status, body) = try await LiveClient.onThread {
                    let client = try LiveClient(port: instance.port, path: "/ws\(query)")
                    return (client.status, client.body)
                }
                #expect(status == 400)
                #expect(body.contains("\"field\":\"\(field)\""), "\(body)")
            }
        }
    }

    @Test func aClientThatComesBackMissesNothing() async throws {
        let bed = try await CollectorBed()
        try await bed.withInstance { instance in
            let first = LiveReader(port: instance.port)
            try await first.connected()
            try await instance.store(logs: (0..<5).map { CollectorBed.log("a\($0)") })
            let last = try #require(try await first.read(entries: 5).last?.last)
            await first.stop()
            for batch in 0..<3 { try await instance.store(logs: (0..<150).map { CollectorBed.log("b\(batch).\($0)") }) }
            let second = LiveReader(port: instance.port, query: "?after=\(last)")
            let missed = try await second.read(entries: 450)
            #expect(Set(missed.flatMap(\.bodies)) == Set((0..<3).flatMap { batch in (0..<150).map { "b\(batch).\($0)" } }))
            #expect(missed.flatMap(\.ids).count == 450)
            #expect(missed.allSatisfy { $0.ids.count <= 100 && $0.missed == 0 && !$0.isGap })
            try await instance.store(logs: [CollectorBed.log("c")])
            let newest = try await second.read(entries: 1)
            #expect(newest.flatMap(\.bodies) == ["c"])
            let all = (missed + newest).flatMap(\.ids)
            #expect(all == all.sorted())
            await second.stop()
        }
    }

    @Test func whatIsNotKeptAnyMoreIsToldAsAGap() async throws {
        let bed = try await CollectorBed()
        try await bed.withInstance { instance in
            let first = LiveReader(port: instance.port)
            try await first.connected()
            try await instance.store(logs: [CollectorBed.log("a")])
            let last = try #require(try await first.read(entries: 1).last?.last)
            await first.stop()
            try await instance.store(logs: [CollectorBed.log("lost")])
            #expect(try await instance.send(.DELETE, "/api/admin/purge").status == 200)
            try await instance.store(logs: [CollectorBed.log("b")])
            let second = LiveReader(port: instance.port, query: "?after=\(last)")
            let messages = try await second.read(entries: 1)
            #expect(messages.flatMap(\.bodies) == ["b"])
            #expect(messages.first?.isGap == true)
            await second.stop()
            let ahead = LiveReader(port: instance.port, query: "?after=\(Int64.max)")
            #expect(try await ahead.next().isGap)
            await ahead.stop()
        }
    }

    @Test func whoMayConnect() async throws {
        let bed = try await CollectorBed()
        let tokens = [CollectorBed.credential("reader", scope: "read"), CollectorBed.credential("sender", scope: "ingest")]
        let environment = ["ARGUS_TOKENS": tokens.joined(separator: ","), "ARGUS_LIVE_ORIGINS": "https://console.example"]
        try await bed.withInstance(environment) { instance in
            let token = ("Authorization", "Bearer reader")
            let attempts: [(headers: [(String, String)], status: Int)] = [
                ([], 401), ([("Authorization", "Bearer sender")], 403),
                ([("Sec-WebSocket-Protocol", "argus.logs.v1, argus.bearer.wrong")], 401),
                ([token, ("Origin", "https://elsewhere.example")], 403),
                ([token, ("Origin", "http://127.0.0.1:\(instance.port)")], 101), ([token, ("Origin", "https://console.example")], 101),
                ([("Sec-WebSocket-Protocol", "argus.logs.v1, argus.bearer.reader")], 101),
            ]
            for (headers, status) in attempts {
                let (got, subprotocol) = try await LiveClient.onThread {
                    let client = try LiveClient(port: instance.port, headers: headers)
                    return (client.status, client.headers["sec-websocket-protocol"])
                }
                #expect(got == status, "\(headers)")
                #expect(subprotocol == nil || subprotocol == "argus.logs.v1")
            }
        }
    }

    @Test func thereMayBeSoManyClients() async throws {
        let bed = try await CollectorBed()
        try await bed.withInstance(["ARGUS_LIVE_CLIENTS": "1"]) { instance in
            let reader = LiveReader(port: instance.port)
            try await reader.connected()
            #expect(try await LiveClient.onThread { try LiveClient(port: instance.port).status } == 503)
            await reader.stop()
        }
    }
}
