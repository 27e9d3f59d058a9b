// OpenTelemetry's own Python SDK, told nothing but the endpoint.

import ArgusBus
import ArgusShared
import Foundation
import TestSupport
import Testing

@testable import OTLPCollector

@Suite struct PythonSDKTests {
    @Test(
        .enabled(if: PythonSDK.interpreter != nil, "no Python with OpenTelemetry's SDK: set ARGUS_PYTHON"),
        arguments: ["grpc", "http"])
    func tracesLogsAndMetricsArrive(transport: String) async throws {
        try await ReceiverFixture.run { fixture async throws in
            let port = transport == "grpc" ? fixture.grpcPort : fixture.httpPort
            let output = try await PythonSDK.run(PythonSDK.program, transport, endpoint: "http://127.0.0.1:\(port)")
            #expect(output.status == 0, "\(output.text)")
            #expect(output.text.contains("done") && !output.text.lowercased().contains("error"), "\(output.text)")
            #expect(try await fixture.spanNames().sorted() == ["child", "parent"])
            let logs = try await fixture.messages().filter { $0.subject == Subjects.otlpLogs }
            #expect(logs.contains { $0.payload.contains("it went wrong") })
        }
    }
}

/// Runs programs that use the SDK.
enum PythonSDK {
    /// A Python that has it.
    static let interpreter: String? = {
        let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().path
        let candidates = [ProcessInfo.processInfo.environment["ARGUS_PYTHON"], repository + "/.argus/venv/bin/python3"]
        return candidates.compactMap(\.self).first { path in
            guard FileManager.default.isExecutableFile(atPath: path) else { return false }
            return (try? start(path, ["-c", "import opentelemetry.sdk"], [:]))?.status == 0
        }
    }()

    struct Output: Sendable {
        var status: Int32
        var text: String
    }

    /// Runs a program with the endpoint in its environment.
    static func run(_ program: String, _ argument: String, endpoint: String) async throws -> Output {
        guard let interpreter else { throw TestSupportError("no Python") }
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result { try start(interpreter, ["-c", program, argument], ["OTEL_EXPORTER_OTLP_ENDPOINT": endpoint]) })
            }
        }
    }

    private static func start(_ path: String, _ arguments: [String], _ variables: [String: String]) throws -> Output {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin"].merging(variables) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Output(status: process.terminationStatus, text: String(decoding: data, as: UTF8.self))
    }

    static let program = """
        import logging, sys
        if sys.argv[1] == "grpc":
            from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
            from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
            from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
        else:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
            from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry import trace
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk._logs import LoggerProvider
        from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
        from opentelemetry._logs import SeverityNumber
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

        tracing = TracerProvider()
        tracing.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        tracer = tracing.get_tracer("test")
        logs = LoggerProvider()
        logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
        metering = MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter())])
        metering.get_meter("test").create_counter("calls").add(1)
        with tracer.start_as_current_span("parent"):
            with tracer.start_as_current_span("child") as span:
                logs.get_logger("test").emit(severity_number=SeverityNumber.WARN, severity_text="WARN", body="it went wrong")
        tracing.shutdown()
        logs.shutdown()
        metering.shutdown()
        print("done")
        """
}

extension [UInt8] {
    fileprivate func contains(_ text: String) -> Bool {
        let wanted = Array(text.utf8)
        return indices.contains { self[$0...].starts(with: wanted) }
    }
}
