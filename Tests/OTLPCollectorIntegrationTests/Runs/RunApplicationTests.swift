// Runs in a whole collector.

import ArgusBus
import ArgusOTLP
import ArgusShared
import TestSupport
import Testing

@testable import OTLPCollector

@Suite(.timeLimit(.minutes(3))) struct RunApplicationTests {
    @Test func aCollectorMakesRunsTracesAndLogsWithStreamsOfItsOwn() async throws {
        let bed = try await CollectorBed()
        try await bed.withInstance(["RUN_LOST_AFTER": "1h"]) { instance in
            let bus = try await Bus.connect(BusConfiguration(servers: [bed.nats.url], name: "test"), logger: CollectorBed.quiet)
            try await eventually("the streams are there", within: .seconds(20)) {
                let observations = try? await bus.streamInfo(Streams.observationName)
                let processes = try? await bus.streamInfo(Streams.processEvents().name)
                return observations != nil && processes != nil
            }
            for event in try RunBed.history(run: "r") {
                _ = try await bus.publish(event.json, to: event.type.subject, messageID: event.id)
            }
            let started = ProcessEvent(.started, state: ProcessState(name: "caddy"), at: .now())
            _ = try await bus.publish(started.json, to: started.subject)
            let trace = RunIdentity(client: "org_123", workflow: "wf_abc", run: "r").traceID.hex
            try await eventually("the trace is complete", within: .seconds(20)) {
                try await instance.get("/api/traces/\(trace)").json["span_count"]?.integerValue == 4
            }
            #expect(try await instance.get("/api/runs/r").json["status"]?.stringValue == "succeeded")
            #expect(try await instance.get("/api/workflows").json["workflows"]?[0]?["succeeded"]?.integerValue == 1)
            try await eventually("the change is a log", within: .seconds(20)) {
                try await instance.get("/api/logs?service=caddy").json["logs"]?.arrayValue?.count == 1
            }
            #expect(try await instance.get("/metrics").text.contains("argus_run_observations_total"))
            await bus.drain()
        }
    }

    @Test func aWrongPatienceIsASentence() {
        #expect(CollectorBed.refusal(["RUN_LOST_AFTER": "soon"]).first?.hasPrefix("RUN_LOST_AFTER ") == true)
        #expect(CollectorBed.refusal(["RUN_LOST_AFTER": "10ms"]).count == 1)
    }
}
