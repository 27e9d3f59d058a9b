// OTLP's JSON mapping, both ways.

import ArgusOTLP
import ArgusShared
import Testing

@Suite struct JSONTests {
    private static func span(_ members: String) throws -> OTLPSpan {
        let json = "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\(members)}]}]}]}"
        let request = try OTLPJSON.traces(fromJSON: Array(json.utf8))
        let groups = try request.withUnsafeBytes { try OTLPTraces.groups(in: $0) }
        return try #require(groups.first?.scopes.first?.items.first)
    }

    private static func value(_ json: String) throws -> AnyValue? {
        try span("\"attributes\":[{\"key\":\"k\",\"value\":\(json)}]").attributes.first?.value
    }

    @Test func whatIsWrittenIsReadBack() throws {
        for seed in 0..<100 {
            var random = RandomTelemetry(seed: UInt64(seed))
            let spans = random.groups { $0.span() }
            let logs = random.groups { $0.logRecord() }
            let read = try OTLPJSON.traces(fromJSON: OTLPJSON.traces(spans)).withUnsafeBytes { try OTLPTraces.groups(in: $0) }
            #expect(OTLPTraces.request(read) == OTLPTraces.request(spans))
            let records = try OTLPJSON.logs(fromJSON: OTLPJSON.logs(logs)).withUnsafeBytes { try OTLPLogs.groups(in: $0) }
            #expect(OTLPLogs.request(records) == OTLPLogs.request(logs))
        }
    }

    @Test func numbersAreReadAsStringsAndAsNumbers() throws {
        let asStrings = try Self.span(#""startTimeUnixNano":"1544712660000000000","endTimeUnixNano":"1544712661000000000""#)
        let asNumbers = try Self.span(#""startTimeUnixNano":1544712660000000000,"endTimeUnixNano":1544712661e9"#)
        #expect(asStrings.startTime == 1_544_712_660_000_000_000)
        #expect(asStrings.endTime == 1_544_712_661_000_000_000)
        #expect(asNumbers == asStrings)
        #expect(try Self.value(#"{"intValue":"-9223372036854775808"}"#) == .int(.min))
        #expect(try Self.value(#"{"intValue":-7}"#) == .int(-7))
        #expect(try Self.value(#"{"doubleValue":1}"#) == .double(1))
        #expect(try Self.value(#"{"doubleValue":"-Infinity"}"#) == .double(-.infinity))
    }

    @Test func enumerationsAreReadByNumberAndByName() throws {
        let byNumber = try Self.span(#""kind":2,"status":{"code":2,"message":"no"}"#)
        #expect(byNumber.kind == 2)
        #expect(byNumber.statusCode == 2)
        #expect(byNumber.statusMessage == "no")
        #expect(try Self.span(#""kind":"SPAN_KIND_SERVER","status":{"code":"STATUS_CODE_ERROR","message":"no"}"#) == byNumber)
        #expect(try Self.span(#""kind":99"#).kind == 99)
        let log = #"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"severityNumber":"SEVERITY_NUMBER_WARN3"}]}]}]}"#
        let groups = try OTLPJSON.logs(fromJSON: Array(log.utf8)).withUnsafeBytes { try OTLPLogs.groups(in: $0) }
        #expect(groups.first?.scopes.first?.items.first?.severityNumber == 15)
    }

    @Test func idsAreHexadecimalInEitherCase() throws {
        let span = try Self.span(#""traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"eee19b7ec3c1b174","parentSpanId":"""#)
        #expect(span.traceID.hex == "5b8efff798038103d269b633813fc60c")
        #expect(span.spanID.hex == "eee19b7ec3c1b174")
        #expect(span.parentSpanID == nil)
    }

    @Test func anIDOfTheWrongLengthIsRefusedByTheCheckAndNotBefore() throws {
        let json = #"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8e","spanId":"eee19b7ec3c1b174"}]}]}]}"#
        let check = try OTLPJSON.traces(fromJSON: Array(json.utf8)).withUnsafeBytes { try OTLPTraces.validate($0) }
        #expect(check.invalid.map(\.reason) == [.traceIDLength])
    }

    @Test func unknownMembersAndNullsAreIgnored() throws {
        let span = try Self.span(
            #""name":"n","trace_state":"not a name of JSON","later":{"a":[1,{"b":null}]},"attributes":null,"kind":null"#)
        #expect(span.name == "n")
        #expect(span.traceState == "")
        #expect(span.attributes.isEmpty)
    }

    @Test func valuesOfEveryKind() throws {
        #expect(try Self.value(#"{"stringValue":""}"#) == .string(""))
        #expect(try Self.value(#"{"boolValue":false}"#) == .bool(false))
        #expect(try Self.value(#"{"bytesValue":"AQL/"}"#) == .bytes([1, 2, 255]))
        #expect(try Self.value(#"{"bytesValue":"AQI"}"#) == .bytes([1, 2]))
        #expect(try Self.value(#"{"bytesValue":"_-A="}"#) == .bytes([0xFF, 0xE0]))
        #expect(try Self.value(#"{"arrayValue":{"values":[{"intValue":1},{}]}}"#) == .array([.int(1), .empty]))
        #expect(try Self.value(#"{"arrayValue":{}}"#) == .array([]))
        #expect(
            try Self.value(#"{"kvlistValue":{"values":[{"key":"a","value":{"boolValue":true}}]}}"#)
                == .keyValues([Attribute("a", .bool(true))]))
        #expect(try Self.value("{}") == .empty)
    }

    @Test(arguments: [
        "", "[]", "{", "null", #"{"resourceSpans":{}}"#, #"{"resourceSpans":[1]}"#,
        #"{"resourceSpans":[{"scopeSpans":[{"spans":[null]}]}]}"#,
        #"{"resourceSpans":[],"resourceSpans":[]}"#, #"{"resourceSpans":[]} x"#,
    ])
    func whatIsNoRequestIsRefused(_ json: String) {
        #expect(throws: OTLPError.self) { try OTLPJSON.traces(fromJSON: Array(json.utf8)) }
    }

    @Test(arguments: [
        #""traceId":"5b8"#, #""traceId":"xy""#, #""traceId":7"#, #""startTimeUnixNano":-1"#, #""startTimeUnixNano":"1.5""#,
        #""startTimeUnixNano":1.5"#, #""startTimeUnixNano":"18446744073709551616""#, #""droppedAttributesCount":4294967296"#,
        #""kind":1.5"#, #""kind":true"#, #""name":1"#, #""attributes":{}"#, #""attributes":[{"key":"k","value":{"bytesValue":"A"}}]"#,
        #""attributes":[{"key":"k","value":{"bytesValue":"A*=="}}]"#, #""attributes":[{"key":"k","value":{"boolValue":"true"}}]"#,
        #""attributes":[{"key":"k","value":{"intValue":1,"stringValue":"s"}}]"#, #""attributes":[{"key":"k","value":"s"}]"#,
    ])
    func whatIsNoSpanIsRefused(_ members: String) {
        #expect(throws: OTLPError.self) { try Self.span(members) }
    }

    @Test func depthIsBounded() {
        let levels = 100_000
        let json = String(repeating: #"{"arrayValue":{"values":["#, count: levels)
        #expect(throws: OTLPError.self) { try Self.value(json) }
    }

    @Test func valuesWithinValuesSurviveBothWays() throws {
        var value = AnyValue.int(1)
        for _ in 0..<40 { value = .array([value]) }
        var span = OTLPSpan(traceID: TraceID(high: 1, low: 1), spanID: SpanID(value: 1), name: "deep", startTime: 1, endTime: 2)
        span.attributes = [Attribute("deep", value)]
        let groups = [OTLPGroup(resource: OTLPResource(), scopes: [.init(scope: OTLPScope(), items: [span])])]
        #expect(try OTLPJSON.traces(fromJSON: OTLPJSON.traces(groups)) == OTLPTraces.request(groups))
    }

    @Test func pointsAreCounted() throws {
        let json = #"""
            {"resourceMetrics":[{"resource":{},"scopeMetrics":[{"metrics":[
              {"name":"a","gauge":{"dataPoints":[{"asInt":"1"},{"asDouble":2}]}},
              {"name":"b","histogram":{"aggregationTemporality":2,"dataPoints":[{"count":"1"}]}},
              {"name":"c"}]}]}]}
            """#
        #expect(try OTLPJSON.countMetricPoints(inJSON: Array(json.utf8)) == 3)
        #expect(throws: OTLPError.self) { try OTLPJSON.countMetricPoints(inJSON: Array(#"{"resourceMetrics":1}"#.utf8)) }
    }
}
