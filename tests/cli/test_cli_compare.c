/*
 * The report of a comparison: what is said of differences that are told apart, and of those that
 * are not.
 */
#include "compare_report.h"
#include "support/eco_test.h"

#include <jansson.h>
#include <stdlib.h>

enum { N = 6 };

static ecopt_repeat repeat_of(double value)
{
    return (ecopt_repeat){.value = value,
                          .u95 = 0.01 * value,
                          .gain_lo = 0.9,
                          .gain_hi = 1.1,
                          .quality = ECOPT_QUALITY_MEASURED_COUNTER};
}

/* Tables of two programs; b takes `energy` times the joules and `time` times the seconds of a,
 * give or take 1 %. */
typedef struct tables {
    ecopt_repeat energy[2][N], time[2][N];
} tables;

static cli_compared compared_of(ecopt_ctx *ctx, tables *t, double energy, double time)
{
    static const double noise[N] = {0.99, 1.01, 1.0, 1.01, 0.99, 1.0};
    for (size_t k = 0; k < N; k++) {
        t->energy[0][k] = repeat_of(100.0);
        t->energy[1][k] = repeat_of(100.0 * energy * noise[k]);
        t->time[0][k] = (ecopt_repeat){.value = 2.0, .u95 = (double)NAN};
        t->time[1][k] = (ecopt_repeat){.value = 2.0 * time * noise[N - 1 - k], .u95 = (double)NAN};
    }
    cli_compared compared = {
        .n_pairs = N,
        .n_warmup = 1,
        .seed = 7,
        .has_energy = true,
        .side = {{"prog -a", t->energy[0], t->time[0]}, {"prog \"b\"", t->energy[1], t->time[1]}}};
    assert_status(ctx, ecopt_pairs_compare(ctx, t->energy[0], t->energy[1], N, &compared.energy),
                  ECOPT_OK);
    assert_status(ctx, ecopt_pairs_compare(ctx, t->time[0], t->time[1], N, &compared.time),
                  ECOPT_OK);
    return compared;
}

static char *write_with(void (*write)(FILE *, const cli_compared *), const cli_compared *compared)
{
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    assert_non_null(file);
    write(file, compared);
    assert_int_equal(fclose(file), 0);
    return text;
}

static void expect(const cli_compared *compared, const char *part)
{
    char *text = write_with(cli_compared_text, compared);
    if (!strstr(text, part))
        print_error("no '%s' in\n%s", part, text);
    assert_non_null(strstr(text, part));
    free(text);
}

static void test_sentences(void **state)
{
    tables t;
    cli_compared compared = compared_of(*state, &t, 0.876, 1.03);
    expect(&compared, " 6 pairs in random order (seed 7), 1 warm-up each\n");
    expect(&compared, "  a  100.0 J +- ");
    expect(&compared, "  prog \"b\"\n");
    expect(&compared, "  measured-counter\n");
    expect(&compared, "\n b uses 12.4");
    expect(&compared, " less energy and is 3.00 % +- 0.97 slower\n");
    expect(&compared, "note: true joules are 0.9 to 1.1 times these");
    compared = compared_of(*state, &t, 1.2, 0.9);
    expect(&compared, " more energy and is 10.0");
    expect(&compared, " faster\n");
    compared = compared_of(*state, &t, 5.0, 0.25);
    expect(&compared, "\n b uses 5 times the energy (4.9");
    expect(&compared, " and takes 0.25 times the time (0.24");
    compared = compared_of(*state, &t, 1.001, 1.3);
    expect(&compared, " energy: not resolvable on this machine with n=6 (b differs by 0.10 % +- ");
    expect(&compared, "): would need about ");
    expect(&compared, "\n b is 30.0");
    compared = compared_of(*state, &t, 0.8, 1.001);
    expect(&compared, " less energy\n time: not resolvable on this machine");
    compared.energy.ratio = 1.314;
    compared.energy.ratio_lo = 1.036;
    compared.energy.ratio_hi = 1.666;
    expect(&compared, " b uses 31 % (4 to 67) more energy");
    compared.energy.ratio = 0.7;
    compared.energy.ratio_lo = 0.5;
    compared.energy.ratio_hi = 0.98;
    expect(&compared, " b uses 30 % (2 to 50) less energy");
    compared.energy.is_resolved = false;
    compared.energy.n_needed = (double)INFINITY;
    expect(&compared, "would need more than 1000000 pairs");
    compared.energy.n_needed = 1234.0;
    expect(&compared, "would need about 1300 pairs");
    compared.energy.n_needed = 41.0;
    expect(&compared, "would need about 41 pairs");
}

static void test_notes(void **state)
{
    tables t;
    cli_compared compared = compared_of(*state, &t, 0.8, 1.0);
    compared.stopped = "the target is met";
    compared.energy.n_left_out = 1;
    compared.energy.flags = ECOPT_FLAG_SHORT;
    compared.drift = (ecopt_trend){0.05, 0.01, true};
    t.energy[0][0].quality = ECOPT_QUALITY_MODELLED_GENERIC;
    expect(&compared, " each; the target is met\n");
    expect(&compared, "note: 1 pair left out");
    expect(&compared, "note: short: ");
    expect(&compared, "note: modelled from CPU time");
    expect(&compared, "note: drift: a changed by +4.1 % to +6.2 %");
    compared.has_energy = false;
    expect(&compared, " energy: not measured, nothing to compare\n time: not resolvable");
    expect(&compared, "  unmeasurable\n");
}

static void test_json(void **state)
{
    tables t;
    cli_compared compared = compared_of(*state, &t, 0.8, 1.5);
    char *text = write_with(cli_compared_json, &compared);
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        print_error("%s: %s\n", error.text, text);
    assert_non_null(root);
    json_t *energy = json_object_get(root, "energy"), *b = json_object_get(root, "b");
    assert_close(json_number_value(json_object_get(energy, "ratio")), 0.8, 1e-3, 0.0);
    assert_true(json_is_true(json_object_get(energy, "resolved")));
    assert_string_equal(json_string_value(json_object_get(energy, "quality")), "measured-counter");
    assert_null(json_object_get(json_object_get(root, "time"), "quality"));
    assert_string_equal(json_string_value(json_object_get(b, "command")), "prog \"b\"");
    assert_int_equal(json_array_size(json_object_get(b, "each")), N);
    json_decref(root);
    free(text);
    compared.has_energy = false;
    compared.energy.n_needed = (double)INFINITY;
    text = write_with(cli_compared_json, &compared);
    root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    assert_true(json_is_null(json_object_get(root, "energy")));
    json_decref(root);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_notes),
        cmocka_unit_test(test_json),
    };
    return cmocka_run_group_tests(tests, eco_test_set_up, eco_test_tear_down);
}
