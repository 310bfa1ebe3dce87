/* Student's t: tables, limits, inverse. */
#include "num/student.h"

#include "support/eco_test.h"

/* Quantiles 0.975 (NIST/SEMATECH e-Handbook 1.3.6.7.2, with the digits of R's qt). */
static void test_quantiles(void **state)
{
    (void)state;
    static const struct {
        double freedom, p, t;
    } rows[] = {
        {1, 0.975, 12.706204736174694},
        {2, 0.975, 4.302652729749464},
        {3, 0.975, 3.182446305283710},
        {4, 0.975, 2.776445105197793},
        {5, 0.975, 2.570581835636314},
        {9, 0.975, 2.262157162740992},
        {30, 0.975, 2.042272456301238},
        {120, 0.975, 1.979930405052777},
        {1e15, 0.975, 1.959963984540054},
        {INFINITY, 0.975, 1.959963984540054},
        {1, 0.75, 1.0},
        {2, 0.8, 1.060660171779821},
        {5, 0.995, 4.032142983557536},
        {5, 0.025, -2.570581835636314},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_close(eco_student_quantile(rows[i].p, rows[i].freedom), rows[i].t, 1e-10, 0.0);
    assert_close(eco_student_quantile(0.5, 7), 0.0, 0.0, 1e-12);
}

/* One and two degrees of freedom have closed forms: 1/2 - atan(t) / pi, and algebraic. */
static void test_closed_forms(void **state)
{
    (void)state;
    for (double t = 1e-6; t < 1e8; t *= 3.7) {
        double two = 1.0 / (2.0 + t * t + t * sqrt(2.0 + t * t));
        assert_close(eco_student_tail(t, 1), atan2(1.0, t) / acos(-1.0), 1e-11, 0.0);
        assert_close(eco_student_tail(t, 2), two, 1e-11, 0.0);
        assert_close(eco_student_tail(-t, 2), 1.0 - two, 1e-11, 0.0);
    }
}

static void test_inverse(void **state)
{
    (void)state;
    for (double freedom = 0.7; freedom < 1e4; freedom *= 2.3)
        for (double p = 0.5001; p < 1.0; p += 0.0713) {
            double t = eco_student_quantile(p, freedom);
            assert_close(eco_student_tail(t, freedom), 1.0 - p, 1e-9, 0.0);
            assert_close(eco_student_quantile(1.0 - p, freedom), -t, 1e-9, 0.0);
        }
}

/* Between the two formulas nothing jumps: the quantile falls towards that of the normal. */
static void test_many(void **state)
{
    (void)state;
    for (double freedom = 1e4; freedom < 1e12; freedom *= 3.1)
        assert_close(eco_student_quantile(0.975, freedom), 1.959963984540054 + 2.372271 / freedom,
                     1e-7, 0.0);
}

static void test_edges(void **state)
{
    (void)state;
    assert_close(eco_student_tail(0.0, 3), 0.5, 1e-15, 0.0);
    assert_close(eco_student_tail(1e300, 3), 0.0, 0.0, 0.0);
    assert_close(eco_student_tail(-1e300, 3), 1.0, 0.0, 0.0);
    assert_true(isnan(eco_student_tail(NAN, 3)) && isnan(eco_student_tail(1, 0)));
    assert_true(isnan(eco_student_tail(1, NAN)) && isnan(eco_student_tail(1, -1)));
    assert_true(isnan(eco_student_quantile(0, 3)) && isnan(eco_student_quantile(1, 3)));
    assert_true(isnan(eco_student_quantile(NAN, 3)) && isnan(eco_student_quantile(0.9, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantiles), cmocka_unit_test(test_closed_forms),
        cmocka_unit_test(test_inverse),   cmocka_unit_test(test_many),
        cmocka_unit_test(test_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
