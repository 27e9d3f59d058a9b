// The SQLite library, for ArgusStorage alone.
#include <sqlite3.h>
