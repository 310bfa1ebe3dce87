/* Properties of the codec on random spaces: canonical points survive encode and decode, text and
 * back, bit for bit. */
#include "core/rng.h"
#include "core/str.h"
#include "space/space.h"

#include "support/eco_test.h"

#include <float.h>
#include <stdlib.h>

static eco_rng rng;

static double between(double low, double high)
{
    return low + eco_rng_uniform(&rng) * (high - low);
}

static ecopt_param random_float(void)
{
    ecopt_param p = {.name = "p", .type = ECOPT_PARAM_FLOAT};
    double scale = pow(10, between(-300, 300));
    p.is_log = eco_rng_below(&rng, 2) == 0;
    if (p.is_log) {
        p.min = pow(10, between(-300, 299));
        p.max = p.min * pow(10, between(1e-3, 300));
        if (isinf(p.max))
            p.max = DBL_MAX;
    } else {
        p.min = between(-1, 1) * scale;
        p.max = p.min + fabs(p.min) * pow(10, between(-14, 6));
    }
    return p;
}

static ecopt_param random_int(void)
{
    ecopt_param p = {.name = "p", .type = ECOPT_PARAM_INT};
    double size = floor(pow(2, between(0, 53)));
    p.is_log = eco_rng_below(&rng, 2) == 0;
    p.min = p.is_log ? 1 + floor(between(0, 100)) : floor(between(-size / 2, size / 2));
    p.max = fmin(p.min + size, 9007199254740992.0);
    if (p.max < p.min)
        p.max = p.min;
    return p;
}

/* Both directions, and the text, for one point given as unit coordinates. */
static void check_point(ecopt_ctx *ctx, const ecopt_space *space, const double *u)
{
    size_t n = ecopt_space_n_params(space);
    double *x = eco_alloc(ctx, 4 * n, sizeof *x);
    double *again = x + n, *unit = x + 2 * n;
    char *text = NULL;
    eco_space_decode(space, u, x);
    memcpy(again, x, n * sizeof *x);
    eco_space_canonical(space, again);
    assert_true(eco_space_equal(space, x, again));
    eco_space_encode(space, x, unit);
    for (size_t k = 0; k < eco_space_n_dims(space); k++)
        assert_true(unit[k] >= 0 && unit[k] <= 1);
    eco_space_decode(space, unit, again);
    if (!eco_space_equal(space, x, again)) {
        const ecopt_param *p = ecopt_space_param(space, 0);
        fail_msg("%s [%.17g, %.17g]%s: %.17g came back as %.17g", ecopt_param_type_name(p->type),
                 p->min, p->max, p->is_log ? " log" : "", x[0], again[0]);
    }
    assert_status(ctx, ecopt_space_point_text(ctx, space, x, &text), ECOPT_OK);
    memset(again, 0, n * sizeof *x);
    assert_status(ctx, ecopt_space_parse_point(ctx, space, text, again), ECOPT_OK);
    assert_true(eco_space_equal(space, x, again));
    ecopt_text_free(ctx, text);
    eco_free(ctx, x);
}

static void check_param(ecopt_ctx *ctx, ecopt_param param, int points)
{
    ecopt_space *space = NULL;
    assert_status(ctx, eco_space_new(ctx, &param, 1, &space), ECOPT_OK);
    const double ends[] = {0, 1, 0.5, 1e-17, 1 - 0x1p-53, -1, 2};
    for (size_t i = 0; i < ECO_LEN(ends); i++)
        check_point(ctx, space, &ends[i]);
    for (int i = 0; i < points; i++) {
        double u = eco_rng_uniform(&rng);
        /* Crowd the ends as well as the middle. */
        if (i % 3 == 1)
            u = pow(u, 20);
        if (i % 3 == 2)
            u = 1 - pow(u, 20);
        check_point(ctx, space, &u);
    }
    eco_space_free(ctx, space);
}

static void random_parameters(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    for (int i = 0; i < 600; i++) {
        check_param(ctx, random_float(), 20);
        check_param(ctx, random_int(), 20);
    }
    ecopt_ctx_free(ctx);
}

static void named_extremes(void **state)
{
    (void)state;
    static const ecopt_param cases[] = {
        {.name = "p", .type = ECOPT_PARAM_FLOAT, .is_log = true, .min = 1e-300, .max = 1e300},
        {.name = "p", .type = ECOPT_PARAM_FLOAT, .is_log = true, .min = DBL_MIN, .max = DBL_MAX},
        {.name = "p", .type = ECOPT_PARAM_FLOAT, .is_log = true, .min = 5e-324, .max = 1},
        {.name = "p", .type = ECOPT_PARAM_FLOAT, .is_log = true, .min = 1, .max = 1.0000001},
        {.name = "p", .type = ECOPT_PARAM_FLOAT, .min = 1e6, .max = 1e6 + 1e-3},
        {.name = "p", .type = ECOPT_PARAM_FLOAT, .min = -1, .max = 1},
        {.name = "p", .type = ECOPT_PARAM_FLOAT, .min = 0, .max = 1},
        {.name = "p", .type = ECOPT_PARAM_FLOAT, .min = 0.1234567890123456, .max = 0.9876543210987},
        {.name = "p", .type = ECOPT_PARAM_FLOAT, .min = 0, .max = 5e-324},
        {.name = "p", .type = ECOPT_PARAM_FLOAT, .min = -DBL_MAX, .max = DBL_MAX},
        {.name = "p", .type = ECOPT_PARAM_FLOAT, .min = -1e300, .max = 1e-300},
        {.name = "p", .type = ECOPT_PARAM_FLOAT, .min = 1, .max = 1 + DBL_EPSILON},
        {.name = "p", .type = ECOPT_PARAM_FLOAT, .min = 2 - DBL_EPSILON, .max = 2 + DBL_EPSILON},
        {.name = "p", .type = ECOPT_PARAM_FLOAT, .min = 8e15, .max = 1e16},
        {.name = "p", .type = ECOPT_PARAM_FLOAT, .min = 3, .max = 3},
        {.name = "p", .type = ECOPT_PARAM_INT, .min = -9007199254740992.0, .max = 0},
        {.name = "p", .type = ECOPT_PARAM_INT, .min = 0, .max = 9007199254740992.0},
        {.name = "p",
         .type = ECOPT_PARAM_INT,
         .min = 9007199254740990.0,
         .max = 9007199254740992.0},
        {.name = "p",
         .type = ECOPT_PARAM_INT,
         .min = -4503599627370497.0,
         .max = 4503599627370495.0},
        {.name = "p", .type = ECOPT_PARAM_INT, .is_log = true, .min = 1, .max = 9007199254740992.0},
        {.name = "p", .type = ECOPT_PARAM_INT, .is_log = true, .min = 1, .max = 2},
        {.name = "p", .type = ECOPT_PARAM_INT, .min = 5, .max = 5},
        {.name = "p", .type = ECOPT_PARAM_BOOL},
    };
    ecopt_ctx *ctx = eco_test_ctx();
    for (size_t i = 0; i < ECO_LEN(cases); i++)
        check_param(ctx, cases[i], 1000);
    ecopt_ctx_free(ctx);
}

/* Every value of a discrete parameter is reached, and by its own encoding. */
static void every_level(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    for (int log = 0; log < 2; log++)
        for (double max = 1; max <= 300; max = floor(max * 1.7) + 1) {
            ecopt_param p = {
                .name = "p", .type = ECOPT_PARAM_INT, .is_log = log, .min = 1, .max = max};
            ecopt_space *space = NULL;
            assert_status(ctx, eco_space_new(ctx, &p, 1, &space), ECOPT_OK);
            double last = -1;
            for (double x = 1; x <= max; x++) {
                double u = 0, back = 0;
                eco_space_encode(space, &x, &u);
                eco_space_decode(space, &u, &back);
                assert_true(back == x);
                assert_true(max == 1 || u > last);
                last = u;
            }
            eco_space_free(ctx, space);
        }
    ecopt_ctx_free(ctx);
}

enum { N_MIXED = 7 };

/* Several parameters of all types with conditions: pinning commutes with everything. */
static void random_mixed_spaces(void **state)
{
    (void)state;
    static const ecopt_value colours[] = {{ECOPT_VALUE_STRING, 0, "red hot"},
                                          {ECOPT_VALUE_STRING, 0, "a=\"b\\c\""},
                                          {ECOPT_VALUE_STRING, 0, ""},
                                          {ECOPT_VALUE_INT, 3, "3"}};
    static const char *const conditions[] = {NULL, "flag", "not flag", "colour != '3'"};
    ecopt_ctx *ctx = eco_test_ctx();
    for (int round = 0; round < 200; round++) {
        ecopt_param params[N_MIXED] = {
            {.name = "flag", .type = ECOPT_PARAM_BOOL},
            {.name = "colour", .type = ECOPT_PARAM_CHOICE, .n_values = 4, .values = colours},
            random_float(),
            random_int(),
            {.name = "fix", .type = ECOPT_PARAM_FIXED, .n_values = 1, .values = colours},
            {.name = "one", .type = ECOPT_PARAM_CHOICE, .n_values = 1, .values = colours + 1},
            random_float(),
        };
        params[2].name = "f";
        params[3].name = "i";
        params[6].name = "g";
        for (size_t i = 2; i < N_MIXED; i++)
            params[i].when = conditions[eco_rng_below(&rng, ECO_LEN(conditions))];
        params[1].is_ordered = eco_rng_below(&rng, 2);
        ecopt_space *space = NULL;
        assert_status(ctx, eco_space_new(ctx, params, N_MIXED, &space), ECOPT_OK);
        for (int i = 0; i < 20; i++) {
            double u[N_MIXED], features[2 * N_MIXED], x[N_MIXED];
            size_t d = eco_space_n_features(space), n_labels = eco_space_n_labels(space);
            for (size_t k = 0; k < N_MIXED; k++)
                u[k] = eco_rng_uniform(&rng);
            check_point(ctx, space, u);
            eco_space_decode(space, u, x);
            assert_true(d <= ECO_LEN(features) && n_labels <= d);
            eco_space_features(space, x, features);
            for (size_t k = 0; k < d - n_labels; k++)
                assert_true(features[k] >= 0 && features[k] <= 1);
            for (size_t k = 0; k < eco_space_n_dims(space); k++) {
                size_t column = eco_space_dim_column(space, k);
                size_t param = eco_space_dim_param(space, k);
                bool is_label = column >= d - n_labels;
                assert_int_equal(is_label, eco_space_dim_is_unordered(space, k) &&
                                               eco_space_dim_levels(space, k) > 2);
                assert_true(!is_label || features[column] == x[param]);
                eco_space_encode(space, x, u);
                double wanted = eco_space_is_active(space, x, param) ? u[k] : 0.5;
                assert_true(is_label || fabs(features[column] - wanted) < 1e-12);
            }
        }
        eco_space_free(ctx, space);
    }
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const char *given = getenv("ECOPT_TEST_SEED");
    int64_t seed = 1;
    if (given && !eco_parse_int(given, &seed))
        return 1;
    print_message("seed %lld (ECOPT_TEST_SEED)\n", (long long)seed);
    eco_rng_init(&rng, (uint64_t)seed, ECO_STREAM_TEST, 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(named_extremes),
        cmocka_unit_test(every_level),
        cmocka_unit_test(random_parameters),
        cmocka_unit_test(random_mixed_spaces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
