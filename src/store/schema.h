/*
 * The store's schema as an ordered list of migrations, shared by all SQL backends.
 *
 * Migration k brings a store from version k to k + 1.  A released migration is never edited; a
 * change of shape is a new entry at the end.
 */
#ifndef ECO_STORE_SCHEMA_H
#define ECO_STORE_SCHEMA_H

#include <stddef.h>

/** Schema version that this build writes. */
size_t eco_schema_version(void);

/** SQL of migration k < eco_schema_version(): several statements.  Static storage. */
const char *eco_schema_migration(size_t k);

#endif
