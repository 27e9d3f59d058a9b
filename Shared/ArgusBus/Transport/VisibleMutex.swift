// A mutex that ThreadSanitizer can see, for its builds only.

#if ARGUS_TSAN
import Glibc

/// Stands in for `Synchronization.Mutex` when built with `-DARGUS_TSAN`.
///
/// That one locks inside the uninstrumented standard library, so the sanitizer sees none of its ordering and reports every access under it
/// as a race. It does know pthread mutexes.
final class Mutex<Value>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var value: Value

    init(_ value: Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(&value)
    }
}
#endif
