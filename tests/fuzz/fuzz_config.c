/* Fuzz target: a study file of any bytes gives a definition or diagnostics, never a fault. */
#include "space/space.h"
#include "study/identity.h"

#include "fuzz/fuzz.h"

#include <ecopt/definition.h>
#include <string.h>

static void read_all(void *user, const ecopt_diagnostic *d)
{
    size_t *n_errors = user;
    *n_errors += d->is_error;
    FUZZ_CHECK(d->message[0] != '\0' && d->key && d->hint && d->source);
    FUZZ_CHECK(d->line == 0 || d->column > 0);
}

/* What every caller of a good definition does with it. */
static void use(ecopt_ctx *ctx, const ecopt_definition *d)
{
    size_t n = ecopt_space_n_params(d->space);
    double *x = eco_alloc(ctx, 2 * n, sizeof *x);
    char *text = NULL;
    FUZZ_CHECK(x && n >= 1 && d->n_phases >= 1 && d->n_objectives >= 1);
    (void)eco_space_default(d->space, x);
    FUZZ_CHECK(ecopt_space_point_text(ctx, d->space, x, &text) == ECOPT_OK);
    /* A default may break a constraint; anything else must read back as it was. */
    ecopt_status status = ecopt_space_parse_point(ctx, d->space, text, x + n);
    FUZZ_CHECK(status == ECOPT_OK ? eco_space_equal(d->space, x, x + n)
                                  : !eco_space_is_allowed(d->space, x));
    ecopt_text_free(ctx, text);
    for (size_t i = 0; i < d->n_phases; i++) {
        FUZZ_CHECK(ecopt_definition_expand(ctx, d, i, x, &text) == ECOPT_OK);
        ecopt_text_free(ctx, text);
    }
    FUZZ_CHECK(eco_definition_identity(ctx, d, &text) == ECOPT_OK);
    eco_free(ctx, text);
    eco_free(ctx, x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ecopt_ctx *ctx = NULL;
    ecopt_definition *d = NULL;
    size_t n_errors = 0;
    FUZZ_CHECK(ecopt_ctx_new(NULL, &ctx) == ECOPT_OK);
    ecopt_status status = ecopt_definition_parse(ctx, (const char *)data, size, "/fuzz/study.yaml",
                                                 read_all, &n_errors, &d);
    FUZZ_CHECK(status == ECOPT_OK || status == ECOPT_E_CONFIG);
    FUZZ_CHECK((n_errors == 0) == (status == ECOPT_OK));
    if (d)
        use(ctx, d);
    ecopt_definition_free(ctx, d);
    FUZZ_CHECK(eco_ctx_live_b(ctx) == 0);
    ecopt_ctx_free(ctx);
    return 0;
}
