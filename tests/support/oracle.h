/*
 * Reference values computed by other programs, kept outside the tree ($ECOPT_SHARED_DATA/oracle).
 * Tests that need them skip when the folder is absent; the essential values are also in the tests.
 */
#ifndef ECO_TEST_ORACLE_H
#define ECO_TEST_ORACLE_H

#include "support/eco_test.h"

#include <jansson.h>
#include <stdlib.h>

/** Document of that file name; the caller drops it with json_decref.  Skips the test if absent. */
static inline json_t *oracle_load(const char *name)
{
    char path[512];
    const char *folder = getenv("ECOPT_SHARED_DATA");
    snprintf(path, sizeof path, "%s/oracle/%s", folder ? folder : "", name);
    json_t *document = json_load_file(path, 0, NULL);
    if (!document) {
        print_message("skipped: no oracle file '%s'\n", path);
        skip();
    }
    return document;
}

/** Numbers of a (nested) array in order; returns how many. */
static inline size_t oracle_numbers(const json_t *value, double *ret, size_t room)
{
    if (json_is_number(value)) {
        assert_true(room > 0);
        *ret = json_number_value(value);
        return 1;
    }
    if (json_is_string(value)) {
        assert_true(room > 0);
        *ret = strtod(json_string_value(value), NULL);
        return 1;
    }
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(value); i++)
        count += oracle_numbers(json_array_get(value, i), ret + count, room - count);
    return count;
}

/** One number of an object; strings of digits count. */
static inline double oracle_number(const json_t *object, const char *key)
{
    double value = (double)NAN;
    assert_int_equal(oracle_numbers(json_object_get(object, key), &value, 1), 1);
    return value;
}

#endif
