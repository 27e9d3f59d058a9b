// The executable alert-api: queries, configuration, notifications.

import ArgusService

@main
struct AlertAPI {
    static func main() async {
        await runService(name: ServiceName.alertAPI, defaults: AlertAPISettings.defaults) { bootstrap in
            try await AlertAPIApplication.build(bootstrap).application
        }
    }
}
