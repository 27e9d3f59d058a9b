// The executable: a demo service that reserves what is ordered, and sometimes finds its database locked.

import ArgusService
import ChaosShared

@main
struct ChaosInventory {
    static func main() async {
        await runService(name: ServiceName.chaosInventory, defaults: InventoryApplication.defaults) { bootstrap in
            try await InventoryApplication.build(bootstrap).application
        }
    }
}
