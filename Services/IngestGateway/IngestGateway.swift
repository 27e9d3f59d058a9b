// The executable: reads its environment, builds the service, runs it.

import ArgusService

@main
struct IngestGateway {
    static func main() async {
        await runService(name: ServiceName.ingestGateway, defaults: IngestSettings.defaults) { bootstrap in
            try await IngestApplication.build(bootstrap).application
        }
    }
}
