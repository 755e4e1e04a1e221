/* SQLite's destructor constants are casts, which Swift's importer drops. */
#pragma once
#include <sqlite3.h>

/* The caller keeps the bytes where they are until the statement is bound anew. A null pointer would
   bind NULL: an empty text has to stay a text, an empty blob a blob. */
static inline int trunkline_sqlite_bind_text(sqlite3_stmt *s, int i, const void *p, int n) {
  return sqlite3_bind_text(s, i, n == 0 ? "" : (const char *)p, n, SQLITE_STATIC);
}
static inline int trunkline_sqlite_bind_blob(sqlite3_stmt *s, int i, const void *p, int n) {
  return n == 0 ? sqlite3_bind_zeroblob(s, i, 0) : sqlite3_bind_blob(s, i, p, n, SQLITE_STATIC);
}

/* Without its own count of memory SQLite takes no lock for each allocation. Once, before the first
   connection; later calls are refused and do no harm. */
static inline int trunkline_sqlite_configure(void) {
  return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}
