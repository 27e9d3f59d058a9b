// The variables of alert-api.

import ArgusService
import Testing

@testable import AlertAPI

@Suite struct SettingsTests {
    @Test func theDefaultsSuffice() throws {
        let settings = ServiceSettings(environment: [:], defaults: AlertAPISettings.defaults)
        let read = AlertAPISettings(settings)
        try settings.validate()
        #expect(read.storage.driver == .sqlite && read.storage.dsn.value == "alert-api.db")
        #expect(read.auth.tokens.isEmpty && read.http.port == 8082)
    }
}
