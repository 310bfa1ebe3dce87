/*
 * The benchmarks' problems: values at points against an evaluation written apart from this one, and
 * what follows from the definitions.
 */
#include "problems.h"
#include "support/eco_test.h"

/* A point of a problem, its values and its constraint (0 where there is none). */
typedef struct known {
    const char *name;
    double x[7], y[4], c;
} known;

static const known points[] = {
    {"BraninCurrin", {0.5, 0.5}, {24.129964413622268, 7.40512391329881}, 0},
    {"ConstrainedBraninCurrin", {0.5, 0.5}, {24.129964413622268, 7.40512391329881}, 50.0},
    {"BraninCurrin", {0.12, 0.81}, {0.4849147676347627, 5.661731615996306}, 0},
    {"ConstrainedBraninCurrin",
     {0.12, 0.81},
     {0.4849147676347627, 5.661731615996306},
     -4.112500000000004},
    {"BraninCurrin", {0.9, 0.0}, {7.478921415501805, 10.286141575274177}, 0},
    {"ConstrainedBraninCurrin", {0.9, 0.0}, {7.478921415501805, 10.286141575274177}, -42.25},
    {"DTLZ2", {0.3, 0.7, 0.2, 0.9, 0.55, 0.1}, {1.2941869763836045, 0.6594212008716918}, 0},
    {"DTLZ2-m4",
     {0.3, 0.7, 0.2, 0.9, 0.55, 0.1},
     {0.5087795597392841, 0.16531249999999997, 1.049922998078398, 0.6004024359055505},
     0},
    {"C2DTLZ2",
     {0.3, 0.7, 0.2, 0.9, 0.55, 0.1},
     {1.2941869763836045, 0.6594212008716918},
     -0.2669370701625791},
    {"ZDT1", {0.3, 0.7, 0.2, 0.9, 0.55, 0.1}, {0.3, 4.1360298276647125}, 0},
    {"ZDT2", {0.3, 0.7, 0.2, 0.9, 0.55, 0.1}, {0.3, 5.393364140480591}, 0},
    {"ZDT3", {0.3, 0.7, 0.2, 0.9, 0.55, 0.1}, {0.3, 0.7645156797901503}, 0},
    {"DTLZ2", {0.05, 0.5, 0.45, 0.6, 0.5, 0.5}, {1.009378800404792, 0.079439834424443}, 0},
    {"DTLZ2-m4",
     {0.05, 0.5, 0.45, 0.6, 0.5, 0.5},
     {0.5413910084229306, 0.462391603577614, 0.7119762770347584, 0.0792436866851234},
     0},
    {"C2DTLZ2",
     {0.05, 0.5, 0.45, 0.6, 0.5, 0.5},
     {1.009378800404792, 0.079439834424443},
     0.03360135080958416},
    {"ZDT1", {0.05, 0.5, 0.45, 0.6, 0.5, 0.5}, {0.05, 5.061322404484548}, 0},
    {"ZDT2", {0.05, 0.5, 0.45, 0.6, 0.5, 0.5}, {0.05, 5.589552772808587}, 0},
    {"ZDT3", {0.05, 0.5, 0.45, 0.6, 0.5, 0.5}, {0.05, 0.8964798576895435}, 0},
    {"C2DTLZ2",
     {0.5, 0.5, 0.5, 0.5, 0.5, 0.5},
     {0.7071067811865476, 0.7071067811865475},
     0.08000000000000002},
    {"VehicleSafety",
     {1.0, 1.0, 1.0, 1.0, 1.0},
     {1661.7078224999998, 8.304599999999999, 0.0708},
     0},
    {"VehicleSafety",
     {3.0, 2.0, 1.5, 2.5, 1.2},
     {1683.5021564300002, 10.188385000000004, 0.117175},
     0},
    {"VehicleSafety", {2.2, 1.1, 2.9, 1.7, 3.0}, {1687.76653808, 9.163271, 0.08844600000000005}, 0},
    {"Penicillin",
     {90.0, 9.0, 298.0, 9.0, 0.25, 600.0, 5.75},
     {-11.457334143636558, 46.911010541142595, 314.0},
     0},
    {"Penicillin",
     {60.0, 0.05, 293.0, 0.05, 0.01, 500.0, 5.0},
     {-10.251304077208367, 41.5381543328245, 395.0},
     0},
    {"Penicillin",
     {119.0, 17.0, 302.0, 3.0, 0.45, 690.0, 6.2},
     {-10.956964446143308, 42.40812649334105, 302.0},
     0},
    {"Penicillin",
     {70.0, 2.0, 297.0, 15.0, 0.03, 510.0, 6.4},
     {-0.03302687895202287, 1.42305267449287, 18.0},
     0},
};

static void test_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        const bench_problem *problem = bench_problem_find(points[i].name);
        bench_values values;
        assert_non_null(problem);
        bench_problem_evaluate(problem, points[i].x, 1, 1, &values);
        for (size_t k = 0; k < problem->n_objectives; k++) {
            assert_close(values.truth[k], points[i].y[k], 1e-12, 1e-13);
            assert_true(values.told[k] == values.truth[k]);
        }
        if (problem->n_constraints > 0) {
            assert_close(values.c[0], points[i].c, 1e-11, 1e-12);
            assert_int_equal(values.is_feasible, points[i].c >= 0);
        } else {
            assert_true(values.is_feasible);
        }
        assert_false(values.is_failed);
    }
}

/* On the front: the unit sphere, where the last inputs are 0.5. */
static void test_dtlz2_front(void **state)
{
    const char *const names[] = {"DTLZ2", "DTLZ2-m4", "DTLZ2-d50"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const bench_problem *problem = bench_problem_find(names[i]);
        double x[BENCH_MAX_PARAMS], sum = 0;
        bench_values values;
        for (size_t k = 0; k < problem->n_params; k++)
            x[k] = k + 1 < problem->n_objectives ? 0.3 + 0.1 * (double)k : 0.5;
        bench_problem_evaluate(problem, x, 0, 1, &values);
        for (size_t k = 0; k < problem->n_objectives; k++)
            sum += values.truth[k] * values.truth[k];
        assert_close(sum, 1, 1e-14, 0);
    }
}

/* Every problem can be found, has bounds and finite values in its middle. */
static void test_table(void **state)
{
    size_t n;
    const bench_problem *all = bench_problems(&n);
    (void)state;
    assert_true(n >= 13);
    for (size_t i = 0; i < n; i++) {
        double x[BENCH_MAX_PARAMS];
        bench_values values;
        assert_ptr_equal(bench_problem_find(all[i].name), &all[i]);
        assert_true(all[i].n_params <= BENCH_MAX_PARAMS);
        assert_true(all[i].n_objectives <= BENCH_MAX_OBJECTIVES);
        assert_true(all[i].n_constraints <= BENCH_MAX_CONSTRAINTS);
        for (size_t k = 0; k < all[i].n_params; k++) {
            assert_true(bench_problem_low(&all[i], k) < bench_problem_high(&all[i], k));
            x[k] = (bench_problem_low(&all[i], k) + bench_problem_high(&all[i], k)) / 2;
        }
        bench_problem_evaluate(&all[i], x, 3, 4, &values);
        for (size_t k = 0; k < all[i].n_objectives; k++)
            assert_true(isfinite(values.told[k]) && isfinite(values.truth[k]));
        assert_true(all[i].largest > 0);
    }
    assert_null(bench_problem_find("DTLZ"));
    assert_null(bench_problem_find(""));
}

/* Mean, spread and independence of what is added; the same trial has the same noise. */
static void test_noise(void **state)
{
    enum { N = 4000 };
    const double x[2] = {0.4, 0.6};
    const bench_problem *noisy = bench_problem_find("BraninCurrin-noisy");
    double sum[2] = {0}, squares[2] = {0}, products = 0;
    bench_values values, again;
    (void)state;
    for (int i = 1; i <= N; i++) {
        double e[2];
        bench_problem_evaluate(noisy, x, 7, i, &values);
        for (size_t k = 0; k < 2; k++) {
            e[k] = (values.told[k] - values.truth[k]) / noisy->noise_sd[k];
            sum[k] += e[k];
            squares[k] += e[k] * e[k];
        }
        products += e[0] * e[1];
    }
    for (size_t k = 0; k < 2; k++) {
        assert_close(sum[k] / N, 0, 0, 0.06);
        assert_close(squares[k] / N, 1, 0, 0.09);
    }
    assert_close(products / N, 0, 0, 0.06);
    bench_problem_evaluate(noisy, x, 7, N, &again);
    assert_memory_equal(again.told, values.told, 2 * sizeof(double));
    bench_problem_evaluate(noisy, x, 8, N, &again);
    assert_true(again.told[0] != values.told[0]);
}

/* One value is wrong, and only what is told of it. */
static void test_glitch(void **state)
{
    const double x[2] = {0.4, 0.6};
    bench_values right, wrong;
    (void)state;
    for (int i = 9; i <= 11; i++) {
        bench_problem_evaluate(bench_problem_find("BraninCurrin"), x, 7, i, &right);
        bench_problem_evaluate(bench_problem_find("BraninCurrin-low"), x, 7, i, &wrong);
        assert_memory_equal(right.truth, wrong.truth, 2 * sizeof(double));
        assert_true(wrong.told[0] == right.told[0] - (i == 10 ? 30000 : 0));
        assert_true(wrong.told[1] == right.told[1]);
    }
}

static void test_uniform(void **state)
{
    double sum = 0;
    (void)state;
    for (uint64_t i = 0; i < 1000; i++) {
        double u = bench_uniform(5, i, 1000);
        assert_true(u >= 0 && u < 1);
        sum += u / 1000;
    }
    assert_close(sum, 0.5, 0, 0.03);
    assert_true(bench_uniform(1, 2, 3) == bench_uniform(1, 2, 3));
    assert_true(bench_uniform(1, 2, 3) != bench_uniform(1, 3, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values), cmocka_unit_test(test_dtlz2_front),
        cmocka_unit_test(test_table),  cmocka_unit_test(test_noise),
        cmocka_unit_test(test_glitch), cmocka_unit_test(test_uniform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
