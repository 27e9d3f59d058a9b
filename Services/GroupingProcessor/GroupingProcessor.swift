// The executable: reads its environment, builds the service, runs it.

import ArgusService

@main
struct GroupingProcessor {
    static func main() async {
        await runService(name: ServiceName.groupingProcessor, defaults: ProcessorSettings.defaults) { bootstrap in
            try await ProcessorApplication.build(bootstrap).application
        }
    }
}
