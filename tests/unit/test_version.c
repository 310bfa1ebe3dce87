/* Version and build features: the numbers agree with each other and every library is named. */
#include "support/eco_test.h"

#include <ecopt/version.h>

static void version_agrees_with_its_parts(void **state)
{
    (void)state;
    char expected[64];
    snprintf(expected, sizeof(expected), "%d.%d.%d", ECOPT_VERSION_MAJOR, ECOPT_VERSION_MINOR,
             ECOPT_VERSION_PATCH);
    assert_string_equal(ecopt_version(), expected);
    assert_string_equal(ecopt_version(), ECOPT_VERSION_STRING);
}

/* Each line is "name version" and the version starts with a digit. */
static void features_name_every_library(void **state)
{
    (void)state;
    static const char *const names[] = {"openblas", "nlopt", "sqlite", "libfyaml",
                                        "jansson",  "pcre2", "cairo",  "libcsv"};
    const char *text = ecopt_build_features();
    size_t n_lines = 0;
    for (const char *at = text; *at; n_lines++) {
        const char *end = strchr(at, '\n');
        assert_non_null(end);
        assert_true(n_lines < sizeof(names) / sizeof(names[0]));
        size_t n = strlen(names[n_lines]);
        assert_memory_equal(at, names[n_lines], n);
        assert_int_equal(at[n], ' ');
        assert_in_range(at[n + 1], '0', '9');
        at = end + 1;
    }
    assert_int_equal(n_lines, sizeof(names) / sizeof(names[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_agrees_with_its_parts),
        cmocka_unit_test(features_name_every_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
