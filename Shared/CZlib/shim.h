// The zlib library, for inflating what clients of otlp-collector compressed.
#include <zlib.h>
