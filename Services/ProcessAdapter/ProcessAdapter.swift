// The executable: reads its environment and flags, builds the service, runs it.

import ArgusService

@main
struct ProcessAdapter {
    static func main() async {
        await runService(
            name: ServiceName.processAdapter, defaults: AdapterSettings.defaults, flags: AdapterSettings.flags
        ) { bootstrap in
            try await AdapterApplication.build(bootstrap).application
        }
    }
}
