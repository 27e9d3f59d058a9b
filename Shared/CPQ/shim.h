// The client library of PostgreSQL, for ArgusStorage alone.
#include <libpq-fe.h>
