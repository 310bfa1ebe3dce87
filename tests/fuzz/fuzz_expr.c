/* Fuzz target: expressions of any bytes compile or fail with a place inside them, and a compiled
 * one gives the same truth twice. */
#include "space/expr.h"

#include "fuzz/fuzz.h"

#include <string.h>

static const ecopt_value words[] = {{ECOPT_VALUE_STRING, 0, "adam"},
                                    {ECOPT_VALUE_STRING, 0, "sgd"}};
static const ecopt_value sizes[] = {{ECOPT_VALUE_INT, 1, "1"}, {ECOPT_VALUE_INT, 3, "3"}};
static const ecopt_param params[] = {
    {.name = "a", .type = ECOPT_PARAM_FLOAT, .min = 0, .max = 1},
    {.name = "b", .type = ECOPT_PARAM_BOOL},
    {.name = "a-b", .type = ECOPT_PARAM_INT, .min = 0, .max = 9},
    {.name = "opt", .type = ECOPT_PARAM_CHOICE, .n_values = 2, .values = words},
    {.name = "size", .type = ECOPT_PARAM_CHOICE, .n_values = 2, .values = sizes},
};
static const double points[3][5] = {{0, 0, 0, 0, 0}, {0.5, 1, 9, 1, 1}, {1, 0, 3, 0, 1}};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ecopt_ctx *ctx = NULL;
    FUZZ_CHECK(ecopt_ctx_new(NULL, &ctx) == ECOPT_OK);
    char *text = eco_strndup(ctx, (const char *)data, size);
    FUZZ_CHECK(text);
    eco_arena arena = ECO_ARENA_INIT(ctx);
    const eco_expr *expr = NULL;
    eco_expr_error error = {0, 0, false};
    ecopt_status status = eco_expr_compile(&arena, text, params, ECO_LEN(params), &expr, &error);
    if (status == ECOPT_OK) {
        for (size_t i = 0; i < ECO_LEN(points); i++)
            FUZZ_CHECK(eco_expr_holds(expr, points[i]) == eco_expr_holds(expr, points[i]));
    } else {
        FUZZ_CHECK(status == ECOPT_E_PARSE || status == ECOPT_E_NAME || status == ECOPT_E_LIMIT);
        FUZZ_CHECK(error.offset + error.length <= strlen(text));
        FUZZ_CHECK(ecopt_ctx_errmsg(ctx)[0] != '\0' && !expr);
    }
    eco_arena_release(&arena);
    eco_free(ctx, text);
    FUZZ_CHECK(eco_ctx_live_b(ctx) == 0);
    ecopt_ctx_free(ctx);
    return 0;
}
