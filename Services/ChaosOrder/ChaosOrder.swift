// The executable: a demo service that takes orders, and is sometimes slow.

import ArgusService
import ChaosShared

@main
struct ChaosOrder {
    static func main() async {
        await runService(name: ServiceName.chaosOrder, defaults: OrderSettings.defaults) { bootstrap in
            try await OrderApplication.build(bootstrap).application
        }
    }
}
