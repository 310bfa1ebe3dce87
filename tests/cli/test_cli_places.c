/* What each of several jobs gets. */
#include "cli_test.h"
#include "job_places.h"

#include <stdio.h>
#include <string.h>

static cli_places four_cores(void)
{
    /* Two threads a core: 0 and 4 are one core, 1 and 5 the next, ... */
    cli_places places = {.n_cpus = 8, .cpus = {0, 4, 1, 5, 2, 6, 3, 7}};
    return places;
}

static void assert_cpus(const cli_places *places, size_t job, size_t n, const char *expected)
{
    cpu_set_t set;
    char text[64];
    assert_true(cli_places_cpus(places, job, n, &set));
    cli_cpus_format(&set, text, sizeof text);
    assert_string_equal(text, expected);
}

static void test_jobs_get_whole_cores(void **state)
{
    (void)state;
    cli_places places = four_cores();
    assert_cpus(&places, 0, 1, "0-7");
    assert_cpus(&places, 0, 2, "0-1,4-5");
    assert_cpus(&places, 1, 2, "2-3,6-7");
    assert_cpus(&places, 3, 4, "3,7");
    assert_cpus(&places, 7, 8, "7");
}

/* Whatever the number, each CPU is of one job. */
static void test_no_cpu_is_given_twice(void **state)
{
    (void)state;
    cli_places places = four_cores();
    for (size_t n = 1; n <= 8; n++) {
        int count = 0;
        for (size_t job = 0; job < n; job++) {
            cpu_set_t set;
            assert_true(cli_places_cpus(&places, job, n, &set));
            assert_true(CPU_COUNT(&set) >= 1);
            count += CPU_COUNT(&set);
        }
        assert_int_equal(count, 8);
    }
    cpu_set_t set;
    assert_false(cli_places_cpus(&places, 0, 9, &set));
}

static void test_cards_go_round(void **state)
{
    (void)state;
    cli_places places = {.n_gpus = 3, .gpus = {"GPU-a", "GPU-b", "GPU-c"}};
    char text[64];
    assert_true(cli_places_gpus(&places, 0, 2, text, sizeof text));
    assert_string_equal(text, "GPU-a,GPU-c");
    assert_true(cli_places_gpus(&places, 1, 2, text, sizeof text));
    assert_string_equal(text, "GPU-b");
    /* More jobs than cards: they share. */
    assert_true(cli_places_gpus(&places, 4, 5, text, sizeof text));
    assert_string_equal(text, "GPU-b");
    assert_false(cli_places_gpus(&places, 0, 2, text, 6));
    places.n_gpus = 0;
    assert_false(cli_places_gpus(&places, 0, 2, text, sizeof text));
}

static void test_the_variable_of_the_user_counts(void **state)
{
    (void)state;
    cli_state cli = {.is_quiet = true};
    cli_places places;
    assert_int_equal(setenv("CUDA_VISIBLE_DEVICES", "2,GPU-x,,0", 1), 0);
    cli_places_find(&cli, &places);
    assert_int_equal(places.n_gpus, 3);
    assert_string_equal(places.gpus[1], "GPU-x");
    assert_true(places.n_cpus >= 1);
    assert_int_equal(unsetenv("CUDA_VISIBLE_DEVICES"), 0);
}

static void test_a_long_list_is_cut(void **state)
{
    (void)state;
    cpu_set_t set;
    char text[8];
    CPU_ZERO(&set);
    cli_cpus_format(&set, text, sizeof text);
    assert_string_equal(text, "");
    for (size_t cpu = 0; cpu < 64; cpu += 2)
        CPU_SET(cpu, &set);
    cli_cpus_format(&set, text, sizeof text);
    assert_true(strlen(text) < sizeof text);
    assert_int_equal(strncmp(text, "0,2,4", 5), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jobs_get_whole_cores),
        cmocka_unit_test(test_no_cpu_is_given_twice),
        cmocka_unit_test(test_cards_go_round),
        cmocka_unit_test(test_the_variable_of_the_user_counts),
        cmocka_unit_test(test_a_long_list_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
