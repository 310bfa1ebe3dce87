/* Gaussian process against scikit-learn (oracle/gp_sklearn.json). */
#include "gp/gp.h"

#include "support/oracle.h"

enum { MAX = 2048 };

/* One case; the arrays are static because a frame has 4 KiB. */
typedef struct gp_case {
    size_t n, d, q;
    double X[MAX], y[MAX], Xq[MAX], mean[MAX], sd[MAX], cov[MAX], theta[16], slopes[16],
        best_theta[16];
    double lml, best_lml;
    eco_kernel kernel;
} gp_case;

static void case_read(const json_t *item, gp_case *c)
{
    c->n = oracle_numbers(json_object_get(item, "y"), c->y, MAX);
    c->d = oracle_numbers(json_object_get(item, "X"), c->X, MAX) / c->n;
    c->q = oracle_numbers(json_object_get(item, "Xstar"), c->Xq, MAX) / c->d;
    oracle_numbers(json_object_get(item, "mean"), c->mean, MAX);
    oracle_numbers(json_object_get(item, "std_latent"), c->sd, MAX);
    oracle_numbers(json_object_get(item, "cov"), c->cov, MAX);
    oracle_numbers(json_object_get(item, "lengthscales"), c->theta, 16);
    for (size_t j = 0; j < c->d; j++)
        c->theta[j] = log(c->theta[j]);
    c->theta[c->d] = log(oracle_number(item, "noise_variance"));
    c->theta[c->d + 1] = log(oracle_number(item, "signal_variance"));
    c->lml = oracle_number(item, "log_marginal_likelihood");
    oracle_numbers(json_object_get(item, "lml_grad_log_params_order_signal_then_lengthscales"),
                   c->slopes, 16);
    c->best_lml = oracle_number(item, "fitted_max_lml");
    double found[16];
    oracle_numbers(json_object_get(item, "fitted_theta_log"), found, 16);
    for (size_t j = 0; j <= c->d; j++)
        c->best_theta[j] = found[j + 1];
    c->best_theta[c->d + 1] = found[0];
    const char *kernel = json_string_value(json_object_get(item, "kernel"));
    c->kernel = strcmp(kernel, "rbf") == 0 ? ECO_KERNEL_RBF : ECO_KERNEL_MATERN52;
}

static void case_check(ecopt_ctx *ctx, const gp_case *c)
{
    static double mean[MAX], cov[MAX], work[MAX];
    double grad[16];
    eco_gp *gp = NULL;
    eco_gp_options options = {.kernel = c->kernel, .is_plain = true, .noise_floor = 1e-6};
    assert_status(ctx, eco_gp_new(ctx, &options, c->n, c->d, &gp), ECOPT_OK);
    assert_status(ctx, eco_gp_condition(gp, c->n, c->X, c->y, NULL, c->theta), ECOPT_OK);
    for (size_t i = 0; i < c->q; i++) {
        double m, s;
        eco_gp_predict(gp, c->Xq + i * c->d, &m, &s, NULL, NULL);
        assert_close(m, c->mean[i], 1e-6, 1e-9);
        assert_close(s, c->sd[i], 1e-6, 1e-9);
    }
    eco_gp_predict_joint(gp, c->q, c->Xq, work, mean, cov);
    for (size_t i = 0; i < c->q * c->q; i++)
        assert_close(cov[i], c->cov[i], 1e-6, 1e-9);
    assert_close(mean[0], c->mean[0], 1e-6, 1e-9);
    assert_close(eco_gp_log_posterior(gp, c->theta, grad), c->lml, 1e-9, 1e-9);
    assert_close(grad[c->d + 1], c->slopes[0], 1e-6, 1e-9);
    for (size_t j = 0; j < c->d; j++)
        assert_close(grad[j], c->slopes[1 + j], 1e-6, 1e-9);
    /* The maximum that scikit-learn's restarts found: same value there ... */
    assert_close(eco_gp_log_posterior(gp, c->best_theta, NULL), c->best_lml, 1e-6, 1e-6);
    /* ... and our search gets there, except for 6 points, where flat priors leave three maxima. */
    assert_status(ctx, eco_gp_fit(gp, c->n, c->X, c->y, NULL, NULL), ECOPT_OK);
    double fitted = eco_gp_log_posterior(gp, eco_gp_theta(gp), NULL);
    if (c->n > 6)
        assert_true(fitted > c->best_lml - 1e-3);
    eco_gp_free(gp);
}

static void test_scikit_learn_cases(void **state)
{
    (void)state;
    static gp_case c;
    json_t *document = oracle_load("gp_sklearn.json");
    const json_t *cases = json_object_get(document, "cases");
    ecopt_ctx *ctx = eco_test_ctx();
    assert_true(json_array_size(cases) >= 3);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        case_read(json_array_get(cases, i), &c);
        case_check(ctx, &c);
    }
    ecopt_ctx_free(ctx);
    json_decref(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_scikit_learn_cases)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
