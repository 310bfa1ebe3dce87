/* The search space: what is refused, layout of cube and features, conditions, texts. */
#include "space/space.h"

#include "support/eco_test.h"

#include <stdlib.h>

static const ecopt_value colours[] = {{ECOPT_VALUE_STRING, 0, "red"},
                                      {ECOPT_VALUE_STRING, 0, "deep blue"},
                                      {ECOPT_VALUE_STRING, 0, "a=b"}};
static const ecopt_value sizes[] = {
    {ECOPT_VALUE_INT, 1, "1"}, {ECOPT_VALUE_INT, 3, "3"}, {ECOPT_VALUE_INT, 5, "5"}};
static const ecopt_value batch[] = {{ECOPT_VALUE_INT, 64, "64"}};

/* The space of most tests; 7 dimensions, 8 features: one condition has an indicator. */
static const ecopt_param params[] = {
    {.name = "width",
     .type = ECOPT_PARAM_INT,
     .is_log = true,
     .min = 4,
     .max = 64,
     .has_default = true,
     .default_code = 16},
    {.name = "depth", .type = ECOPT_PARAM_INT, .min = 1, .max = 4},
    {.name = "lr", .type = ECOPT_PARAM_FLOAT, .is_log = true, .min = 1e-4, .max = 1e-2},
    {.name = "momentum", .type = ECOPT_PARAM_FLOAT, .min = 0, .max = 1},
    {.name = "pool", .type = ECOPT_PARAM_BOOL},
    {.name = "colour", .type = ECOPT_PARAM_CHOICE, .n_values = 3, .values = colours},
    {.name = "kernel",
     .type = ECOPT_PARAM_CHOICE,
     .is_ordered = true,
     .n_values = 3,
     .values = sizes,
     .has_default = true,
     .default_code = 1,
     .when = "depth > 1"},
    {.name = "batch", .type = ECOPT_PARAM_FIXED, .n_values = 1, .values = batch},
};
enum { N = 8, DIMS = 7, FEATURES = 8 };

static ecopt_space *make(ecopt_ctx *ctx)
{
    ecopt_space *space = NULL;
    assert_status(ctx, eco_space_new(ctx, params, N, &space), ECOPT_OK);
    return space;
}

static void layout(void **state)
{
    ecopt_space *space = make(*state);
    static const size_t levels[] = {61, 4, 0, 0, 2, 3, 3};
    assert_int_equal(ecopt_space_n_params(space), N);
    assert_int_equal(eco_space_n_dims(space), DIMS);
    assert_int_equal(eco_space_n_features(space), FEATURES);
    assert_int_equal(eco_space_n_labels(space), 1);
    static const size_t columns[] = {0, 1, 2, 3, 4, 7, 5};
    for (size_t k = 0; k < DIMS; k++) {
        assert_int_equal(eco_space_dim_param(space, k), k);
        assert_int_equal(eco_space_dim_column(space, k), columns[k]);
        assert_int_equal(eco_space_dim_levels(space, k), levels[k]);
        assert_int_equal(eco_space_dim_is_unordered(space, k), k == 5);
    }
    assert_true(isinf(eco_space_n_points(space)));
    assert_int_equal(ecopt_space_find(space, "kernel"), 6);
    assert_int_equal(ecopt_space_find(space, "nothing"), N);
    assert_string_equal(ecopt_space_param(space, 2)->name, "lr");
    assert_null(ecopt_space_param(space, N));
    assert_string_equal(ecopt_param_type_name(ECOPT_PARAM_CHOICE), "choice");
    assert_string_equal(ecopt_param_type_name((ecopt_param_type)77), "unrecognised");
    eco_space_free(*state, space);
    eco_space_free(*state, NULL);
}

static void copies_are_deep(void **state)
{
    char name[] = "alpha", text[] = "one";
    ecopt_value value = {ECOPT_VALUE_STRING, 4, text};
    ecopt_param param = {.name = name, .type = ECOPT_PARAM_FIXED, .n_values = 1, .values = &value};
    ecopt_space *space = NULL;
    assert_status(*state, eco_space_new(*state, &param, 1, &space), ECOPT_OK);
    name[0] = text[0] = 'X';
    assert_string_equal(ecopt_space_param(space, 0)->name, "alpha");
    assert_string_equal(ecopt_space_param(space, 0)->values[0].text, "one");
    assert_true(isnan(ecopt_space_param(space, 0)->values[0].number));
    eco_space_free(*state, space);
}

static void decode_and_features(void **state)
{
    ecopt_space *space = make(*state);
    const double u[DIMS] = {0, 0.99, 0.5, 0.25, 0.75, 0.5, 0.9};
    const double wanted[N] = {4, 4, 1e-3, 0.25, 1, 1, 2, 0};
    double x[N], back[DIMS], f[FEATURES];
    eco_space_decode(space, u, x);
    assert_memory_equal(x, wanted, sizeof wanted);
    eco_space_encode(space, x, back);
    assert_close(back[1], 3.5 / 4, 1e-15, 0);
    assert_close(back[2], 0.5, 1e-12, 0);
    assert_close(back[6], 2.5 / 3, 1e-15, 0);
    eco_space_features(space, x, f);
    assert_close(f[3], 0.25, 1e-15, 0);
    assert_close(f[4], 0.75, 1e-15, 0);
    assert_close(f[5], 2.5 / 3, 1e-15, 0);
    assert_true(f[6] == 1 && f[7] == 1); /* the kernel is active; the label is a value's index */
    x[1] = 1;
    x[5] = 2;
    eco_space_canonical(space, x);
    eco_space_features(space, x, f);
    assert_true(f[5] == 0.5 && f[6] == 0 && f[7] == 2); /* off: the middle, indicator 0 */
    eco_space_free(*state, space);
}

/* One indicator per condition that can change; labels stay last. */
static void indicators(void **state)
{
    static const ecopt_param conditional[] = {
        {.name = "opt", .type = ECOPT_PARAM_CHOICE, .n_values = 3, .values = colours},
        {.name = "one", .type = ECOPT_PARAM_FIXED, .n_values = 1, .values = batch},
        {.name = "a", .type = ECOPT_PARAM_FLOAT, .max = 1, .when = "opt == 'red'"},
        {.name = "b", .type = ECOPT_PARAM_FLOAT, .max = 1, .when = "opt == 'red'"},
        {.name = "c", .type = ECOPT_PARAM_FLOAT, .max = 1, .when = "one == 64"},
        {.name = "d", .type = ECOPT_PARAM_BOOL, .when = "a > 0.5 and opt == 'red'"},
        {.name = "e", .type = ECOPT_PARAM_FIXED, .n_values = 1, .values = batch, .when = "a > 0.1"},
        {.name = "f",
         .type = ECOPT_PARAM_CHOICE,
         .n_values = 3,
         .values = sizes,
         .has_default = true,
         .default_code = 1,
         .when = "a > 0.5"},
    };
    /* Columns: a b c d, opt == 'red', a > 0.5 and ..., a > 0.5, opt f. */
    ecopt_space *space = NULL;
    assert_status(*state, eco_space_new(*state, conditional, 8, &space), ECOPT_OK);
    assert_int_equal(eco_space_n_dims(space), 6);
    assert_int_equal(eco_space_n_features(space), 9);
    assert_int_equal(eco_space_n_labels(space), 2);
    double x[8] = {0, 0, 0.75, 0.25, 1, 1, 0, 2}, f[9];
    const double on[9] = {0.75, 0.25, 1, 0.75, 1, 1, 1, 0, 2};
    const double off[9] = {0.5, 0.5, 1, 0.5, 0, 0, 0, 1, 1};
    eco_space_canonical(space, x);
    eco_space_features(space, x, f);
    assert_memory_equal(f, on, sizeof f);
    x[0] = 1;
    eco_space_canonical(space, x);
    eco_space_features(space, x, f);
    assert_memory_equal(f, off, sizeof f);
    eco_space_free(*state, space);
}

/* Half-integer boundaries on the log scale: P(width = 4) = log(4.5/3.5) / log(64.5/3.5). */
static void log_int_cells(void **state)
{
    ecopt_space *space = make(*state);
    double edge = log(4.5 / 3.5) / log(64.5 / 3.5);
    double u[DIMS] = {0}, x[N];
    u[0] = edge * (1 - 1e-9);
    eco_space_decode(space, u, x);
    assert_true(x[0] == 4);
    u[0] = edge * (1 + 1e-9);
    eco_space_decode(space, u, x);
    assert_true(x[0] == 5);
    eco_space_free(*state, space);
}

static void inactive_parameters_are_pinned(void **state)
{
    ecopt_space *space = make(*state);
    double u[DIMS] = {0.5, 0, 0.5, 0.5, 0, 0, 0.99}, x[N];
    eco_space_decode(space, u, x);
    assert_true(x[1] == 1 && x[6] == 1);
    assert_false(eco_space_is_active(space, x, 6));
    assert_true(eco_space_is_active(space, x, 5));
    double y[N];
    memcpy(y, x, sizeof y);
    y[6] = 2;
    assert_false(eco_space_equal(space, x, y));
    eco_space_canonical(space, y);
    assert_true(eco_space_equal(space, x, y));
    y[1] = 2;
    y[6] = 2;
    eco_space_canonical(space, y);
    assert_true(y[6] == 2);
    eco_space_free(*state, space);
}

static void canonical_codes(void **state)
{
    ecopt_space *space = make(*state);
    double x[N] = {1e9, 2.4, 0.00123456789012345, 1.0 / 3, 0.7, 9, -3, 5};
    eco_space_canonical(space, x);
    const double wanted[N] = {64, 2, 0.00123456789012, 0.333333333333, 1, 2, 0, 0};
    for (size_t i = 0; i < N; i++)
        assert_true(x[i] == wanted[i]);
    double nothing[N] = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    const double lowest[N] = {4, 1, 1e-4, 0, 0, 0, 1, 0};
    eco_space_canonical(space, nothing);
    assert_memory_equal(nothing, lowest, sizeof lowest);
    eco_space_free(*state, space);
}

static void defaults(void **state)
{
    ecopt_space *space = make(*state);
    double x[N];
    assert_true(eco_space_default(space, x));
    const double wanted[N] = {16, 3, 1e-3, 0.5, 0, 0, 1, 0};
    assert_memory_equal(x, wanted, sizeof wanted);
    eco_space_free(*state, space);
    assert_status(*state, eco_space_new(*state, params + 1, 4, &space), ECOPT_OK);
    assert_false(eco_space_default(space, x));
    eco_space_free(*state, space);
}

static void constraints(void **state)
{
    ecopt_ctx *ctx = *state;
    ecopt_space *space = make(ctx);
    double x[N] = {64, 4, 1e-3, 0.5, 0, 0, 1, 0};
    assert_true(eco_space_is_allowed(space, x));
    assert_status(ctx, eco_space_add_constraint(ctx, space, "width * depth <= 255"), ECOPT_OK);
    assert_false(eco_space_is_allowed(space, x));
    x[0] = 63;
    assert_true(eco_space_is_allowed(space, x));
    for (int i = 0; i < 9; i++)
        assert_status(ctx, eco_space_add_constraint(ctx, space, "batch == 64 or pool"), ECOPT_OK);
    assert_int_equal(ecopt_space_n_constraints(space), 10);
    assert_string_equal(ecopt_space_constraint(space, 0), "width * depth <= 255");
    assert_null(ecopt_space_constraint(space, 10));
    assert_status(ctx, eco_space_add_constraint(ctx, space, "widht > 1"), ECOPT_E_NAME);
    assert_status(ctx, eco_space_add_constraint(ctx, space, "width >"), ECOPT_E_PARSE);
    assert_status(ctx, eco_space_add_constraint(ctx, space, NULL), ECOPT_E_ARG);
    assert_int_equal(ecopt_space_n_constraints(space), 10);
    assert_true(eco_space_is_allowed(space, x));
    eco_space_free(ctx, space);
}

static void point_texts(void **state)
{
    ecopt_ctx *ctx = *state;
    ecopt_space *space = make(ctx);
    const double x[N] = {16, 3, 1e-3, 0.25, 1, 1, 2, 0};
    double back[N];
    char *text = NULL;
    assert_status(ctx, ecopt_space_point_text(ctx, space, x, &text), ECOPT_OK);
    assert_string_equal(text, "width=16 depth=3 lr=0.001 momentum=0.25 pool=true "
                              "colour=\"deep blue\" kernel=5 batch=64");
    ecopt_text_free(ctx, text);
    assert_status(ctx, ecopt_space_value_text(ctx, space, 5, 2, &text), ECOPT_OK);
    assert_string_equal(text, "a=b");
    ecopt_text_free(ctx, text);
    assert_status(ctx, ecopt_space_value_text(ctx, space, N, 0, &text), ECOPT_E_ARG);
    assert_status(ctx, ecopt_space_point_text(ctx, space, NULL, &text), ECOPT_E_ARG);

    /* Any order, any spelling of a number, defaults left out. */
    assert_status(ctx,
                  ecopt_space_parse_point(ctx, space,
                                          " colour=\"deep\\u0020blue\"\tpool=true momentum=.250 "
                                          "lr=1.0e-3 depth=3.0 kernel=5.0\n",
                                          back),
                  ECOPT_OK);
    assert_memory_equal(back, x, sizeof x);
    /* An inactive parameter may be left out, or is put back to its pin. */
    assert_status(
        ctx,
        ecopt_space_parse_point(ctx, space,
                                "colour=red pool=false momentum=0 lr=0.001 depth=1 kernel=5", back),
        ECOPT_OK);
    assert_true(back[6] == 1);
    eco_space_free(ctx, space);
}

static void bad_point_texts(void **state)
{
    static const struct {
        const char *text;
        ecopt_status status;
    } cases[] = {
        {"", ECOPT_E_PARSE},
        {"width", ECOPT_E_PARSE},
        {"width =3", ECOPT_E_PARSE},
        {"=3", ECOPT_E_PARSE},
        {"width=", ECOPT_E_PARSE},
        {"width=4x", ECOPT_E_PARSE},
        {"width=nan", ECOPT_E_PARSE},
        {"width=inf", ECOPT_E_RANGE},
        {"width=4.5", ECOPT_E_RANGE},
        {"width=3", ECOPT_E_RANGE},
        {"width=65", ECOPT_E_RANGE},
        {"width=16 width=16", ECOPT_E_PARSE},
        {"widht=16", ECOPT_E_NAME},
        {"pool=yes", ECOPT_E_PARSE},
        {"colour=green", ECOPT_E_RANGE},
        {"colour=\"red", ECOPT_E_PARSE},
        {"colour=\"red\"x", ECOPT_E_PARSE},
        {"colour=\"\\x\"", ECOPT_E_PARSE},
        {"colour=\"\\u12g4\"", ECOPT_E_PARSE},
        {"colour=\"\\ud800\"", ECOPT_E_PARSE},
        {"colour=\"\\u0000\"", ECOPT_E_PARSE},
        {"colour=\"\\u00e9\\u20ac\"", ECOPT_E_RANGE},
        {"batch=65", ECOPT_E_RANGE},
    };
    ecopt_ctx *ctx = *state;
    ecopt_space *space = make(ctx);
    double x[N] = {42};
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        ecopt_status status = ecopt_space_parse_point(ctx, space, cases[i].text, x);
        if (status != cases[i].status)
            fail_msg("'%s': %s", cases[i].text, ecopt_status_name(status));
        assert_true(x[0] == 42);
    }
    assert_status(ctx, ecopt_space_parse_point(ctx, space, "widht=16", x), ECOPT_E_NAME);
    assert_string_equal(ecopt_ctx_errhint(ctx), "did you mean 'width'?");
    assert_status(ctx, ecopt_space_parse_point(ctx, space, NULL, x), ECOPT_E_ARG);
    assert_status(ctx, eco_space_add_constraint(ctx, space, "width < 10"), ECOPT_OK);
    assert_status(
        ctx,
        ecopt_space_parse_point(ctx, space, "depth=1 lr=1e-3 momentum=0 pool=true colour=red", x),
        ECOPT_E_RANGE);
    eco_space_free(ctx, space);
}

static void refused_parameters(void **state)
{
    static const ecopt_value twice[] = {{ECOPT_VALUE_INT, 1, "1"}, {ECOPT_VALUE_INT, 1, "1"}};
    static const ecopt_value untold[] = {{ECOPT_VALUE_STRING, 0, NULL}};
    static const struct {
        ecopt_param param;
        ecopt_status status;
    } cases[] = {
        {{.name = NULL, .type = ECOPT_PARAM_BOOL}, ECOPT_E_NAME},
        {{.name = "", .type = ECOPT_PARAM_BOOL}, ECOPT_E_NAME},
        {{.name = "1st", .type = ECOPT_PARAM_BOOL}, ECOPT_E_NAME},
        {{.name = "a b", .type = ECOPT_PARAM_BOOL}, ECOPT_E_NAME},
        {{.name = "a.b", .type = ECOPT_PARAM_BOOL}, ECOPT_E_NAME},
        {{.name = "p", .type = (ecopt_param_type)9}, ECOPT_E_ARG},
        {{.name = "p", .type = ECOPT_PARAM_FLOAT, .min = 2, .max = 1}, ECOPT_E_RANGE},
        {{.name = "p", .type = ECOPT_PARAM_FLOAT, .min = NAN, .max = 1}, ECOPT_E_RANGE},
        {{.name = "p", .type = ECOPT_PARAM_FLOAT, .min = 0, .max = INFINITY}, ECOPT_E_RANGE},
        {{.name = "p", .type = ECOPT_PARAM_FLOAT, .is_log = true, .max = 1}, ECOPT_E_RANGE},
        {{.name = "p", .type = ECOPT_PARAM_INT, .min = 0.5, .max = 2}, ECOPT_E_RANGE},
        {{.name = "p", .type = ECOPT_PARAM_INT, .min = 0, .max = 1e16}, ECOPT_E_RANGE},
        {{.name = "p", .type = ECOPT_PARAM_INT, .min = -9e15, .max = 9e15}, ECOPT_E_RANGE},
        {{.name = "p", .type = ECOPT_PARAM_CHOICE}, ECOPT_E_RANGE},
        {{.name = "p", .type = ECOPT_PARAM_CHOICE, .n_values = 2, .values = twice}, ECOPT_E_NAME},
        {{.name = "p", .type = ECOPT_PARAM_CHOICE, .n_values = 1, .values = untold}, ECOPT_E_ARG},
        {{.name = "p", .type = ECOPT_PARAM_CHOICE, .n_values = 4097, .values = twice},
         ECOPT_E_LIMIT},
        {{.name = "p", .type = ECOPT_PARAM_FIXED, .n_values = 2, .values = twice}, ECOPT_E_RANGE},
        {{.name = "p", .type = ECOPT_PARAM_BOOL, .has_default = true, .default_code = 2},
         ECOPT_E_RANGE},
        {{.name = "p",
          .type = ECOPT_PARAM_FLOAT,
          .max = 1,
          .has_default = true,
          .default_code = NAN},
         ECOPT_E_RANGE},
        {{.name = "p", .type = ECOPT_PARAM_INT, .max = 3, .has_default = true, .default_code = 1.5},
         ECOPT_E_RANGE},
        {{.name = "p", .type = ECOPT_PARAM_BOOL, .when = "p"}, ECOPT_E_NAME},
        {{.name = "p", .type = ECOPT_PARAM_BOOL, .when = "1"}, ECOPT_E_PARSE},
    };
    ecopt_ctx *ctx = *state;
    ecopt_space *space = NULL;
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        ecopt_status status = eco_space_new(ctx, &cases[i].param, 1, &space);
        if (status != cases[i].status)
            fail_msg("case %zu: %s (%s)", i, ecopt_status_name(status), ecopt_ctx_errmsg(ctx));
        assert_null(space);
    }
    const ecopt_param same[] = {{.name = "p", .type = ECOPT_PARAM_BOOL},
                                {.name = "q", .type = ECOPT_PARAM_BOOL},
                                {.name = "p", .type = ECOPT_PARAM_BOOL}};
    assert_status(ctx, eco_space_new(ctx, same, 3, &space), ECOPT_E_NAME);
    assert_status(ctx, eco_space_new(ctx, same, 0, &space), ECOPT_E_ARG);
    assert_status(ctx, eco_space_new(ctx, NULL, 1, &space), ECOPT_E_ARG);
    assert_null(space);
}

static void limits(void **state)
{
    ecopt_ctx *ctx = *state;
    ecopt_param *many = calloc(ECOPT_PARAMS_MAX + 1, sizeof *many);
    char(*names)[16] = calloc(ECOPT_PARAMS_MAX + 1, sizeof *names);
    ecopt_value *values = calloc(ECOPT_CHOICES_MAX, sizeof *values);
    char(*texts)[16] = calloc(ECOPT_CHOICES_MAX, sizeof *texts);
    double *x = calloc(ECOPT_PARAMS_MAX, sizeof *x), *u = calloc(ECOPT_PARAMS_MAX, sizeof *u);
    ecopt_space *space = NULL;
    char *text = NULL;
    assert_true(many && names && values && texts && x && u);
    for (size_t i = 0; i < ECOPT_CHOICES_MAX; i++) {
        (void)snprintf(texts[i], sizeof texts[i], "v%zu", i);
        values[i] = (ecopt_value){ECOPT_VALUE_STRING, 0, texts[i]};
    }
    for (size_t i = 0; i <= ECOPT_PARAMS_MAX; i++) {
        (void)snprintf(names[i], sizeof names[i], "p%zu", i);
        many[i] = (ecopt_param){.name = names[i], .type = ECOPT_PARAM_BOOL};
    }
    many[7] = (ecopt_param){.name = "choice",
                            .type = ECOPT_PARAM_CHOICE,
                            .n_values = ECOPT_CHOICES_MAX,
                            .values = values};
    assert_status(ctx, eco_space_new(ctx, many, ECOPT_PARAMS_MAX + 1, &space), ECOPT_E_LIMIT);
    assert_status(ctx, eco_space_new(ctx, many, ECOPT_PARAMS_MAX, &space), ECOPT_OK);
    assert_int_equal(eco_space_n_features(space), ECOPT_PARAMS_MAX);
    assert_int_equal(eco_space_n_labels(space), 1);
    x[7] = ECOPT_CHOICES_MAX - 1;
    x[1023] = 1;
    eco_space_encode(space, x, u);
    memset(x, 0, ECOPT_PARAMS_MAX * sizeof *x);
    eco_space_decode(space, u, x);
    assert_true(x[7] == ECOPT_CHOICES_MAX - 1 && x[1023] == 1 && x[1022] == 0);
    assert_status(ctx, ecopt_space_point_text(ctx, space, x, &text), ECOPT_OK);
    assert_status(ctx, ecopt_space_parse_point(ctx, space, text, u), ECOPT_OK);
    assert_true(eco_space_equal(space, x, u));
    ecopt_text_free(ctx, text);
    eco_space_free(ctx, space);
    free(many);
    free(names);
    free(values);
    free(texts);
    free(x);
    free(u);
}

/* Parameters with one value take no dimension. */
static void constant_parameters(void **state)
{
    const ecopt_param constant[] = {
        {.name = "a", .type = ECOPT_PARAM_FLOAT, .min = 0.5, .max = 0.5},
        {.name = "b", .type = ECOPT_PARAM_INT, .min = 3, .max = 3},
        {.name = "c", .type = ECOPT_PARAM_CHOICE, .n_values = 1, .values = sizes + 1},
        {.name = "d", .type = ECOPT_PARAM_FIXED, .n_values = 1, .values = sizes + 1},
    };
    double x[4], nothing = 0;
    ecopt_space *space = NULL;
    assert_status(*state, eco_space_new(*state, constant, 4, &space), ECOPT_OK);
    assert_int_equal(eco_space_n_dims(space), 0);
    assert_int_equal(eco_space_n_features(space), 0);
    assert_int_equal(eco_space_n_labels(space), 0);
    assert_true(eco_space_n_points(space) == 1);
    eco_space_decode(space, &nothing, x);
    assert_true(x[0] == 0.5 && x[1] == 3 && x[2] == 0 && x[3] == 0);
    assert_status(*state, ecopt_space_parse_point(*state, space, "", x), ECOPT_OK);
    eco_space_free(*state, space);
}

static ecopt_status everything_once(ecopt_ctx *ctx, void *user)
{
    (void)user;
    ecopt_space *space = NULL;
    char *text = NULL;
    double x[N];
    ecopt_status status = eco_space_new(ctx, params, N, &space);
    for (int i = 0; i < 6 && status == ECOPT_OK; i++)
        status = eco_space_add_constraint(ctx, space, "width > 1 and colour != 'red'");
    if (status == ECOPT_OK)
        status = ecopt_space_parse_point(
            ctx, space, "depth=1 lr=1e-3 momentum=0 pool=true colour=\"deep blue\"", x);
    if (status == ECOPT_OK)
        status = ecopt_space_point_text(ctx, space, x, &text);
    ecopt_text_free(ctx, text);
    eco_space_free(ctx, space);
    return status;
}

static void out_of_memory(void **state)
{
    (void)state;
    eco_test_alloc_sweep(everything_once, NULL);
}

#define TEST(function) \
    cmocka_unit_test_setup_teardown(function, eco_test_set_up, eco_test_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(layout),
        TEST(copies_are_deep),
        TEST(decode_and_features),
        TEST(indicators),
        TEST(log_int_cells),
        TEST(inactive_parameters_are_pinned),
        TEST(canonical_codes),
        TEST(defaults),
        TEST(constraints),
        TEST(point_texts),
        TEST(bad_point_texts),
        TEST(refused_parameters),
        TEST(limits),
        TEST(constant_parameters),
        TEST(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
