// The executable otlp-collector: OTLP in, storage, queries, live logs.

import ArgusService

@main
struct OTLPCollector {
    static func main() async {
        await runService(name: ServiceName.otlpCollector, defaults: CollectorSettings.defaults) { bootstrap in
            try await OTLPCollectorApplication.build(bootstrap).application
        }
    }
}
