// Log events as they are exported.

import ArgusOTLP
import Logging
import Testing
import Tracing

@testable import ArgusTelemetry

@Suite struct LogHandlerTests {
    @Test func anEventBecomesARecord() throws {
        let harness = Harness()
        var logger = harness.logger("orders")
        logger[metadataKey: "service"] = "order"
        logger.warning("slow", metadata: ["ms": "\(120)", "list": ["a", "b"], "nested": ["k": "v"]])
        let record = try #require(try harness.logs.first)
        #expect(record.body == .string("slow"))
        #expect(record.severityNumber == 13)
        #expect(record.severityText == "WARNING")
        #expect(record.time > 1_600_000_000_000_000_000)
        #expect(record.traceID == nil)
        #expect(
            record.attributes.prefix(4) == [
                Attribute("list", .array([.string("a"), .string("b")])), Attribute("ms", "120"),
                Attribute("nested", .keyValues([Attribute("k", "v")])), Attribute("service", "order"),
            ])
        #expect(record.attributes.contains { $0.key == "code.file.path" })
        #expect(try harness.logGroups.first?.scopes.first?.scope.name == "orders")
    }

    @Test func aRecordNamesTheSpanThatItWasLoggedIn() throws {
        let harness = Harness()
        let span = harness.tracer.withSpan("work") { span in
            harness.logger().info("inside")
            return span
        }
        harness.logger().info("outside")
        let records = try harness.logs
        #expect(records.first?.traceID == span.spanContext.traceID)
        #expect(records.first?.spanID == span.spanContext.spanID)
        #expect(records.first?.flags == 1)
        #expect(records.last?.traceID == nil)
    }

    @Test func levelsMapToSeverities() throws {
        let harness = Harness()
        let logger = harness.logger()
        for level in Logger.Level.allCases { logger.log(level: level, "\(level)") }
        #expect(try harness.logs.map(\.severityNumber) == [1, 5, 9, 10, 13, 17, 21])
        let quiet = Harness()
        quiet.logger(level: .warning).info("not exported")
        #expect(try quiet.logs.isEmpty)
    }

    @Test func loggersKeepTheirScopesApart() throws {
        let harness = Harness()
        harness.logger("a").info("1")
        harness.logger("b").info("2")
        harness.logger("a").info("3")
        let scopes = try #require(try harness.logGroups.first?.scopes)
        #expect(scopes.map(\.scope.name) == ["a", "b"])
        #expect(scopes.map { $0.items.map(\.body) } == [[.string("1"), .string("3")], [.string("2")]])
    }
}
