// Runs and what is counted of them are deleted, and begin anew.

import ArgusBus
import ArgusShared
import ArgusStorage
import TestSupport
import Testing

@testable import OTLPCollector

@Suite(.timeLimit(.minutes(3))) struct RunPurgeTests {
    @Test(arguments: RunBed.Kind.allCases) func nothingIsLeftAndWhatComesThenIsThere(kind: RunBed.Kind) async throws {
        let bed = try await RunBed(kind)
        try await bed.withInstance { instance in
            for run in ["a", "b", "c"] {
                for event in try RunBed.history(run: run) { _ = try await bed.bus.publish(event.json, to: event.type.subject) }
            }
            for run in ["a", "b", "c"] { try await instance.run(run, is: "succeeded") }
            let store = RunStore(database: instance.database)
            #expect(try await store.purge() == 3)
            let left = try await instance.database.read { connection in
                try ["runs", "run_steps", "workflows"].map { table in
                    try connection.first("SELECT count(*) FROM \(table)") { try $0.integer(0) } ?? -1
                }
            }
            #expect(left == [0, 0, 0])
            #expect(try await instance.get("/api/runs?range=24h").json["runs"]?.arrayValue?.isEmpty == true)
            #expect(try await instance.get("/api/workflows?range=24h").json["workflows"]?.arrayValue?.isEmpty == true)
            for event in try RunBed.history(run: "d") { _ = try await bed.bus.publish(event.json, to: event.type.subject) }
            try await instance.run("d", is: "succeeded")
            #expect(try await instance.get("/api/workflows?range=24h").json["workflows"]?[0]?["runs"]?.integerValue == 1)
            #expect(try await store.purge() == 1)
            #expect(try await store.purge() == 0)
        }
    }
}
