// Checksums of the catalog's pages: SQLite itself keeps none, so that a flipped bit in a value
// would be read as if it had been written. Private to the room.
#pragma once

#include <optional>
#include <string>

#include <sqlite3.h>

namespace holt::db {

// The name of SQLite's layer below that adds a checksum to every page written to a catalog and
// refuses pages that do not match theirs (SQLITE_IOERR_DATA). Registered at the first call. The log
// is not its affair: its frames have checksums of SQLite's own.
const char* checked_pages();

// Asks for room for checksums in the pages of a new catalog. One that exists is left as it is.
void reserve_checksums(sqlite3* handle);
// Whether the pages of this catalog have them; before anybody asked for room.
bool has_checksums(sqlite3* handle);

// "page 12 of /data/catalog.sqlite" when this thread has just met a damaged page; forgets it.
std::optional<std::string> take_damaged_page();

}  // namespace holt::db
