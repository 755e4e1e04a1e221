/* SQLite's destructor constants are casts, which Swift's importer drops. */
#pragma once
#include <sqlite3.h>

static inline int trunkline_sqlite_bind_text(sqlite3_stmt *s, int i, const char *p, int n) {
  /* A null pointer would bind NULL: an empty text has to stay a text. */
  return sqlite3_bind_text(s, i, n == 0 ? "" : p, n, SQLITE_TRANSIENT);
}
static inline int trunkline_sqlite_bind_blob(sqlite3_stmt *s, int i, const void *p, int n) {
  /* The same for an empty blob. */
  return n == 0 ? sqlite3_bind_zeroblob(s, i, 0) : sqlite3_bind_blob(s, i, p, n, SQLITE_TRANSIENT);
}
