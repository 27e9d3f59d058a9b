// The executable: a demo service that charges for orders, and whose gateway sometimes does not answer.

import ArgusService
import ChaosShared

@main
struct ChaosPayment {
    static func main() async {
        await runService(name: ServiceName.chaosPayment, defaults: PaymentApplication.defaults) { bootstrap in
            try await PaymentApplication.build(bootstrap).application
        }
    }
}
