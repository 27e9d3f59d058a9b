// What of an export request goes in.

import ArgusOTLP

/// A request after its check: what goes on the bus, and what does not.
struct CheckedRequest: Sendable {
    /// The valid items, as an export request.
    var payload: [UInt8]
    /// Items in `payload`.
    var accepted: Int
    /// Items that are not.
    var rejected = 0
    /// Why, for the client.
    var message = ""
    /// The rejected ones; nil if there are none worth keeping.
    var letter: RejectedLetter?
}

/// Invalid items of an otherwise valid request.
struct RejectedLetter: Sendable {
    /// An export request that holds the items alone.
    var payload: [UInt8]
    var reason: String
}

/// Reads export requests as far as the doors need.
enum RequestCheck {
    /// Checks a request.
    ///
    /// - Throws: `.malformed`.
    static func check(_ request: [UInt8], _ signal: ExportSignal, _ format: ExportFormat) throws(ExportFailure) -> CheckedRequest {
        do throws(OTLPError) {
            switch (signal, format) {
            case (.traces, .protobuf): return try traces(request)
            case (.traces, .json): return try traces(try OTLPJSON.traces(fromJSON: request))
            case (.logs, .protobuf): return try logs(request)
            case (.logs, .json): return try logs(try OTLPJSON.logs(fromJSON: request))
            case (.metrics, .protobuf):
                return metrics(points: try request.withBytes { bytes throws(OTLPError) in try OTLPMetrics.countPoints(in: bytes) })
            case (.metrics, .json): return metrics(points: try OTLPJSON.countMetricPoints(inJSON: request))
            }
        } catch {
            throw ExportFailure(kind: .malformed, message: "the request is not valid: \(error)")
        }
    }

    /// A checked request as one or more that fit the bus.
    ///
    /// - Throws: `.tooLarge` if a single item is larger.
    static func split(_ payload: [UInt8], _ signal: ExportSignal, maximumBytes: Int) throws(ExportFailure) -> [[UInt8]] {
        guard payload.count > maximumBytes else { return [payload] }
        do throws(OTLPError) {
            return try payload.withBytes { bytes throws(OTLPError) in
                switch signal {
                case .traces: try OTLPTraces.split(bytes, maximumBytes: maximumBytes)
                case .logs, .metrics: try OTLPLogs.split(bytes, maximumBytes: maximumBytes)
                }
            }
        } catch {
            throw ExportFailure(
                kind: .tooLarge, message: "a single \(signal == .traces ? "span" : "log record") is larger than \(maximumBytes) bytes")
        }
    }

    private static func metrics(points: Int) -> CheckedRequest {
        CheckedRequest(payload: [], accepted: 0, rejected: points, message: points > 0 ? "metrics are not kept here" : "")
    }

    private static func logs(_ request: [UInt8]) throws(OTLPError) -> CheckedRequest {
        let records = try request.withBytes { bytes throws(OTLPError) in try OTLPLogs.validate(bytes) }
        return CheckedRequest(payload: request, accepted: records)
    }

    private static func traces(_ request: [UInt8]) throws(OTLPError) -> CheckedRequest {
        try request.withBytes { bytes throws(OTLPError) in
            let check = try OTLPTraces.validate(bytes)
            guard let first = check.invalid.first else { return CheckedRequest(payload: request, accepted: check.spans) }
            let reason = reasons(check)
            return CheckedRequest(
                payload: check.valid > 0 ? OTLPTraces.removing(check, from: bytes) : [], accepted: check.valid,
                rejected: check.invalid.count, message: "\(reason); the first is number \(first.index + 1) of the request",
                letter: RejectedLetter(payload: OTLPTraces.keepingOnly(check, from: bytes), reason: reason))
        }
    }

    private static func reasons(_ check: SpanCheck) -> String {
        var counts: [InvalidSpan: Int] = [:]
        for invalid in check.invalid { counts[invalid.reason, default: 0] += 1 }
        return counts.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.value) x \($0.key)" }.joined(separator: ", ")
    }
}

extension [UInt8] {
    fileprivate func withBytes<Value, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let result = withUnsafeBytes { bytes -> Result<Value, Failure> in
            do throws(Failure) { return .success(try body(bytes)) } catch { return .failure(error) }
        }
        return try result.get()
    }
}
