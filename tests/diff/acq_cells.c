/*
 * log EHVI and its slopes against a sum over all cells of the grid that the points' coordinates
 * make, in long double, whose exponents reach down to z = -140: no decomposition, no logarithm.
 */
#include "core/rng.h"
#include "ref/naive.h"
#include "support/acq_value.h"
#include "support/eco_test.h"

#include <string.h>

enum { M = 4, N = 6 };

/* E max(a - Y, 0), Phi and phi of one coordinate. */
typedef struct edge {
    long double psi, cdf, pdf;
} edge;

static edge edge_of(double a, double mean, double sd)
{
    long double z = ((long double)a - mean) / sd;
    if (z == -HUGE_VALL)
        return (edge){0, 0, 0};
    long double pdf = expl(-0.5L * z * z) * 0.398942280401432677939946059934L;
    long double cdf = 0.5L * erfcl(-z * 0.707106781186547524400844362105L), h = pdf + z * cdf;
    if (z < -8) {
        /* The two parts cancel; the asymptotic series is exact to 1e-18 only from -30 on. */
        long double t = -z, c = t;
        for (int k = 400; k > 1; k--)
            c = t + k / c;
        c = 1 / c;
        h = pdf * c / (t + c);
        cdf = pdf / (t + c);
    }
    return (edge){sd * h, cdf, pdf};
}

/* Sides of the cell between coordinates number `cell`, in units of psi, -d/dmean and d/dsd. */
static edge side_of(const double *edges, size_t cell, double mean, double sd)
{
    edge high = edge_of(edges[cell + 1], mean, sd), low = edge_of(edges[cell], mean, sd);
    return (edge){high.psi - low.psi, high.cdf - low.cdf, high.pdf - low.pdf};
}

typedef struct question {
    size_t m, n;
    double y[N * M], ref[M], mean[M], sd[M];
} question;

/* Ascending: -inf, the points' values below ref, ref. */
static size_t edges_sort(const question *q, size_t k, double *edges)
{
    size_t count = 0;
    edges[count++] = -HUGE_VAL;
    for (size_t i = 0; i <= q->n; i++) {
        double at = i < q->n ? q->y[i * q->m + k] : q->ref[k];
        size_t place = count;
        if (i < q->n && at >= q->ref[k])
            continue;
        for (; edges[place - 1] > at; place--)
            edges[place] = edges[place - 1];
        edges[place] = at;
        count++;
    }
    return count;
}

static long double by_cells(const question *q, long double *dmean, long double *dsd)
{
    double edges[M][N + 2];
    edge sides[M][N + 1];
    size_t counts[M], total = 1;
    long double sum = 0;
    for (size_t k = 0; k < q->m; k++) {
        counts[k] = edges_sort(q, k, edges[k]) - 1;
        total *= counts[k];
        dmean[k] = dsd[k] = 0;
        for (size_t c = 0; c < counts[k]; c++)
            sides[k][c] = side_of(edges[k], c, q->mean[k], q->sd[k]);
    }
    for (size_t cell = 0; cell < total; cell++) {
        size_t at[M], rest = cell;
        bool is_free = true;
        for (size_t k = 0; k < q->m; k++) {
            at[k] = rest % counts[k];
            rest /= counts[k];
        }
        for (size_t i = 0; i < q->n; i++) {
            bool covers = true;
            for (size_t k = 0; k < q->m; k++)
                covers = covers && q->y[i * q->m + k] <= edges[k][at[k]];
            is_free = is_free && !covers;
        }
        long double volume = 1;
        for (size_t k = 0; k < q->m; k++)
            volume *= sides[k][at[k]].psi;
        for (size_t k = 0; is_free && k < q->m; k++) {
            long double others = 1;
            for (size_t j = 0; j < q->m; j++)
                others *= j == k ? 1 : sides[j][at[j]].psi;
            dmean[k] -= others * sides[k][at[k]].cdf;
            dsd[k] += others * sides[k][at[k]].pdf;
        }
        sum += is_free ? volume : 0;
    }
    return sum;
}

static void assert_agrees(ecopt_ctx *ctx, const question *q)
{
    long double dmean[M], dsd[M], ehvi = by_cells(q, dmean, dsd);
    double got_dmean[M], got_dsd[M];
    if (!(ehvi > 1e-4800L))
        return;
    eco_acq_front *front = NULL;
    assert_status(ctx, eco_acq_front_new(ctx, q->m, 1, &q->n, q->y, q->ref, &front), ECOPT_OK);
    double value = eco_test_log_ehvi(front, q->mean, q->sd, NULL, NULL);
    double expected = (double)logl(ehvi);
    assert_close(value, expected, 1e-14, 2e-13);
    assert_close(eco_test_log_ehvi(front, q->mean, q->sd, got_dmean, got_dsd), value, 1e-14, 1e-14);
    for (size_t k = 0; k < q->m; k++) {
        assert_close(got_dmean[k], (double)(dmean[k] / ehvi), 1e-10, 0);
        assert_close(got_dsd[k], (double)(dsd[k] / ehvi), 1e-9, 1e-13 / q->sd[k]);
    }
    eco_acq_front_free(front);
}

/* sd from a thousandth of the front's size to a hundred times it: from where logs are needed to
 * where sides cancel. */
static void test_against_all_cells(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_rng_init(&rng, 61, ECO_STREAM_TEST, 0);
    for (size_t round = 0; round < 1200; round++) {
        question q = {.m = 1 + round % M, .n = round % (N + 1)};
        double size = pow(10, 5 * eco_rng_uniform(&rng) - 3), away = round % 5 == 0 ? 3 : 1;
        for (size_t i = 0; i < q.n * q.m; i++)
            q.y[i] = round % 2 ? eco_rng_uniform(&rng) : floor(5 * eco_rng_uniform(&rng)) / 5;
        for (size_t k = 0; k < q.m; k++) {
            q.ref[k] = 0.8 + 0.4 * eco_rng_uniform(&rng);
            q.mean[k] = away * (1.5 * eco_rng_uniform(&rng) - 0.2);
            q.sd[k] = size * (0.5 + eco_rng_uniform(&rng));
        }
        if (round % 7 == 3 && q.n > 0)
            memcpy(q.mean, q.y, sizeof q.mean);
        assert_agrees(ctx, &q);
    }
    ecopt_ctx_free(ctx);
}

/* A candidate that walks from far below the front through it and far beyond the reference meets
 * each way of summing; the switch from one to the other must not show. */
static void test_across_the_switch(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    for (double sd = 0.01; sd < 0.2; sd *= 1.9)
        for (double at = -1; at < 2; at += 0.037) {
            question q = {.m = 3, .n = 4, .y = {1, 4, 9, 4, 1, 8, 5, 5, 2, 3, 6, 4}};
            for (size_t i = 0; i < 12; i++)
                q.y[i] /= 10;
            for (size_t k = 0; k < 3; k++) {
                q.ref[k] = 1;
                q.mean[k] = at + 0.1 * (double)k;
                q.sd[k] = sd;
            }
            assert_agrees(ctx, &q);
        }
    ecopt_ctx_free(ctx);
}

/*
 * Steps narrow against sd, and the candidate far from all of them: sides cancel in the logs.  In
 * every second round m points, each very good but in one objective, end the region long before
 * the reference: what counts are the boxes between the steps.
 */
static void test_narrow_steps_far_away(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_rng_init(&rng, 61, ECO_STREAM_TEST, 1);
    for (size_t round = 0; round < 200; round++) {
        question q = {.m = 2 + round % 3, .n = N};
        for (size_t i = 0; i < q.n * q.m; i++)
            q.y[i] = 0.5 + 2e-3 * eco_rng_uniform(&rng);
        for (size_t i = 0; i < q.m * q.m && round % 2; i++)
            q.y[i] = i % (q.m + 1) == 0 ? 0.5025 : -50;
        for (size_t k = 0; k < q.m; k++) {
            q.ref[k] = 1;
            q.mean[k] = 1.4 + 0.2 * eco_rng_uniform(&rng);
            q.sd[k] = 0.02 + 0.02 * eco_rng_uniform(&rng);
        }
        assert_agrees(ctx, &q);
    }
    ecopt_ctx_free(ctx);
}

/* One objective's side is so long that what underflows in the other counts. */
static void test_long_sides(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    for (int i = 0; i < 40; i++) {
        question q = {.m = 2, .n = 1, .y = {-3.5e-59 + 1e-60 * i, 0}, .ref = {1, 1}};
        q.mean[1] = 0.76;
        q.sd[0] = 1e-60;
        q.sd[1] = 0.02;
        assert_agrees(ctx, &q);
    }
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_all_cells),
        cmocka_unit_test(test_across_the_switch),
        cmocka_unit_test(test_narrow_steps_far_away),
        cmocka_unit_test(test_long_sides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
