// The SQLite library, for ArgusStorage alone.
#include <sqlite3.h>

// Stops counting memory, which takes a lock at every allocation. Swift does not import functions with variable arguments.
// To be called before anything else of the library, else it does nothing.
static inline int csqlite_without_memory_statistics(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}
