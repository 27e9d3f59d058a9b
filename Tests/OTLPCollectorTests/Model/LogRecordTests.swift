// Identities and severities of log records.

import ArgusOTLP
import Testing

@testable import OTLPCollector

@Suite struct LogRecordTests {
    @Test func anIdentityHoldsSegmentAndPlace() {
        for (segment, index) in [(Int64(0), 0), (1, 0), (1, 1), (7, LogID.indexLimit - 1), (1 << 39, 12)] {
            let id = LogID(segment: segment, index: index)
            #expect(id.segment == segment && id.index == index)
            #expect(LogID(text: id.text) == id)
        }
    }

    @Test func laterSegmentsHaveLargerIdentities() {
        #expect(LogID(segment: 1, index: LogID.indexLimit - 1) < LogID(segment: 2, index: 0))
        #expect(LogID(segment: 2, index: 0) < LogID(segment: 2, index: 1))
    }

    @Test(arguments: ["", "-1", "+1", "1.0", " 1", "0x1", "99999999999999999999", "١"]) func otherTextIsNoIdentity(text: String) {
        #expect(LogID(text: text) == nil)
    }

    @Test func severityNumbersFallIntoClasses() {
        let classes: [Severity] = [.trace, .debug, .info, .warn, .error, .fatal]
        for number in 1...24 { #expect(Severity(number: number) == classes[(number - 1) / 4]) }
        #expect(Severity(number: 0) == .unspecified && Severity(number: -1) == .unspecified && Severity(number: 25) == .fatal)
        for severity in Severity.allCases { #expect(Severity(number: severity.lowestNumber) == severity) }
    }

    @Test func theServiceComesFromTheResource() {
        #expect(Resource(attributes: [Attribute("service.name", "cart")]).service == "cart")
        #expect(Resource(attributes: [Attribute("service.name", .int(7))]).service == "7")
        #expect(Resource(attributes: [Attribute("service.name", "")]).service == "unknown_service")
        #expect(Resource().service == "unknown_service")
    }
}
