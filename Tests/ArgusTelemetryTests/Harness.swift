// A tracer without a bus, and what it would have sent.

import ArgusOTLP
import Logging
import Tracing

@testable import ArgusTelemetry

struct Harness {
    let buffer: TelemetryBuffer
    let tracer: ArgusTracer

    init(maximumItems: Int = 1000, maximumBytes: Int = 1 << 20, sampleRatio: Double = 1) {
        buffer = TelemetryBuffer(maximumItems: maximumItems, maximumBytes: maximumBytes, batchItems: 512)
        tracer = ArgusTracer(buffer: buffer, scope: "test", sampling: Sampling(ratio: sampleRatio))
    }

    func logger(_ label: String = "test", level: Logger.Level = .trace) -> Logger {
        Logger(label: label) { TelemetryLogHandler(label: $0, level: level, buffer: buffer) }
    }

    private func request(_ signal: TelemetryBuffer.Signal) -> [UInt8] {
        RequestAssembler(resource: .service(name: "tests", version: "1"), versions: ["test": "2"])
            .request(buffer.batch(of: signal, maximumBytes: .max))
    }

    var spanGroups: [OTLPGroup<OTLPSpan>] {
        get throws { try request(.traces).withUnsafeBytes { try OTLPTraces.groups(in: $0) } }
    }

    var logGroups: [OTLPGroup<OTLPLogRecord>] {
        get throws { try request(.logs).withUnsafeBytes { try OTLPLogs.groups(in: $0) } }
    }

    var spans: [OTLPSpan] {
        get throws { try spanGroups.flatMap(\.scopes).flatMap(\.items) }
    }

    var logs: [OTLPLogRecord] {
        get throws { try logGroups.flatMap(\.scopes).flatMap(\.items) }
    }
}
