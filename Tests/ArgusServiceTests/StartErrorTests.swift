// What a person reads when a port cannot be had.

import NIOCore
import Testing

@testable import ArgusService

@Suite struct StartErrorTests {
    private let settings = HTTPSettings(ServiceSettings(environment: ["HTTP_PORT": "80"]))

    @Test func missingPrivilegesAreOneSentence() {
        let error = StartError(binding: settings, error: IOError(errnoCode: 13, reason: "bind"))
        #expect(error.description == "Port 80 needs privileges this process does not have: set HTTP_PORT to 1024 or more.")
    }

    @Test func anythingElseNamesTheAddress() {
        let error = StartError(binding: settings, error: ChannelError.eof)
        #expect(error.description.hasPrefix("Cannot listen on 127.0.0.1:80: "))
    }
}
