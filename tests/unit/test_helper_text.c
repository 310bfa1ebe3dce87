/*
 * What the helper says, there and back, and everything that is not quite it: the text comes from
 * another process, so whatever is odd must be refused.
 */
#include "support/eco_test.h"

#include "meter/helper_text.h"

#include <errno.h>

#define HEAD "ecopt-energy 1 100000\n"
#define LINE "package-0,package,1,2,3,4,5,6,900,1100\n"

static void test_there_and_back(void **state)
{
    (void)state;
    static eco_helper_answer answer = {.period_us = 100000, .n = ECOPT_METER_SOURCES_MAX}, back;
    static char text[ECO_HELPER_TEXT_B];
    static const eco_scope scopes[] = {ECO_SCOPE_PACKAGE, ECO_SCOPE_DRAM, ECO_SCOPE_PSYS,
                                       ECO_SCOPE_PART};
    const uint64_t most = UINT64_C(1) << 62;
    for (size_t i = 0; i < answer.n; i++) {
        eco_helper_domain *d = &answer.domains[i];
        /* The longest of everything: all of it must fit. */
        memset(d->name, 'n', sizeof d->name - 1);
        d->name[0] = (char)('a' + i);
        d->scope = scopes[i % 4];
        d->since_us = i;
        d->time_us = d->energy_uj = d->power_mw = d->unit_nj = d->power_max_mw = most;
        d->gain_lo_ppt = 800 + i;
        d->gain_hi_ppt = 10000;
    }
    size_t n = eco_helper_format(&answer, text);
    assert_int_equal(n, strlen(text));
    assert_true(n < sizeof text - 1);
    assert_int_equal(eco_helper_parse(text, &back), 0);
    assert_int_equal(back.period_us, 100000);
    assert_int_equal(back.n, answer.n);
    for (size_t i = 0; i < back.n; i++) {
        const eco_helper_domain *a = &answer.domains[i], *b = &back.domains[i];
        assert_string_equal(a->name, b->name);
        assert_int_equal(a->scope, b->scope);
        assert_int_equal(a->since_us, b->since_us);
        assert_int_equal(b->time_us, most);
        assert_int_equal(b->energy_uj, most);
        assert_int_equal(b->power_mw, most);
        assert_int_equal(b->unit_nj, most);
        assert_int_equal(b->power_max_mw, most);
        assert_int_equal(a->gain_lo_ppt, b->gain_lo_ppt);
        assert_int_equal(b->gain_hi_ppt, 10000);
    }
}

static void test_no_counters(void **state)
{
    (void)state;
    eco_helper_answer answer = {.n = 7};
    assert_int_equal(eco_helper_parse(HEAD "end\n", &answer), 0);
    assert_int_equal(answer.n, 0);
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int status;
    } cases[] = {
        {ECO_HELPER_DENIED, -EACCES},
        {"ecopt-energy 2 100000\nend\n", -EPROTONOSUPPORT},
        {"ecopt-energy 10 100000\nend\n", -EPROTONOSUPPORT},
        {"ecopt-energy ", -EPROTONOSUPPORT},
        {"", -EBADMSG},
        {"HTTP/1.1 200 OK\n", -EBADMSG},
        {"ecopt-energy 1 denied", -EBADMSG},
        {"ecopt-energy 1 deniedx\n", -EBADMSG},
        {"ecopt-energy 1 \nend\n", -EBADMSG},
        {"ecopt-energy 1 100000", -EBADMSG},
        {"ecopt-energy 1 -100000\nend\n", -EBADMSG},
        {"ecopt-energy 1 999\nend\n", -EBADMSG},
        {"ecopt-energy 1 60000001\nend\n", -EBADMSG},
        {"ecopt-energy 1 1e5\nend\n", -EBADMSG},
        /* Cut off, or with something behind the end. */
        {HEAD, -EBADMSG},
        {HEAD LINE, -EBADMSG},
        {HEAD LINE "end", -EBADMSG},
        {HEAD LINE "end\n\n", -EBADMSG},
        {HEAD LINE "end\nend\n", -EBADMSG},
        {HEAD "package-0,package,1,2,3", -EBADMSG},
        /* One name twice. */
        {HEAD LINE LINE "end\n", -EBADMSG},
        /* Fields. */
        {HEAD ",package,1,2,3,4,5,6,900,1100\nend\n", -EBADMSG},
        {HEAD "a\tb,package,1,2,3,4,5,6,900,1100\nend\n", -EBADMSG},
        {HEAD "a\x80,package,1,2,3,4,5,6,900,1100\nend\n", -EBADMSG},
        {HEAD "0123456789012345678901234567890123456789012345678901234567890123,"
              "package,1,2,3,4,5,6,900,1100\nend\n",
         -EBADMSG},
        {HEAD "a,wall,1,2,3,4,5,6,900,1100\nend\n", -EBADMSG},
        {HEAD "a,packages,1,2,3,4,5,6,900,1100\nend\n", -EBADMSG},
        {HEAD "a,package\nend\n", -EBADMSG},
        {HEAD "a,package,1,2,3,4,5,6,900\nend\n", -EBADMSG},
        {HEAD "a,package,1,2,3,4,5,6,900,1100,7\nend\n", -EBADMSG},
        {HEAD "a,package,,2,3,4,5,6,900,1100\nend\n", -EBADMSG},
        {HEAD "a,package, 1,2,3,4,5,6,900,1100\nend\n", -EBADMSG},
        {HEAD "a,package,+1,2,3,4,5,6,900,1100\nend\n", -EBADMSG},
        {HEAD "a,package,1,2,-3,4,5,6,900,1100\nend\n", -EBADMSG},
        {HEAD "a,package,1,2,3.5,4,5,6,900,1100\nend\n", -EBADMSG},
        {HEAD "a,package,1,2,0x3,4,5,6,900,1100\nend\n", -EBADMSG},
        {HEAD "a,package,1,2,4611686018427387905,4,5,6,900,1100\nend\n", -EBADMSG},
        {HEAD "a,package,1,2,99999999999999999999,4,5,6,900,1100\nend\n", -EBADMSG},
        /* A reading before its count began; bands that do not hold 1. */
        {HEAD "a,package,3,2,3,4,5,6,900,1100\nend\n", -EBADMSG},
        {HEAD "a,package,1,2,3,4,5,6,99,1100\nend\n", -EBADMSG},
        {HEAD "a,package,1,2,3,4,5,6,1001,1100\nend\n", -EBADMSG},
        {HEAD "a,package,1,2,3,4,5,6,900,999\nend\n", -EBADMSG},
        {HEAD "a,package,1,2,3,4,5,6,900,10001\nend\n", -EBADMSG},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        eco_helper_answer answer = {.period_us = 7, .n = 5};
        int status = eco_helper_parse(cases[i].text, &answer);
        if (status != cases[i].status)
            print_error("case %zu: '%s' gave %d\n", i, cases[i].text, status);
        assert_int_equal(status, cases[i].status);
        assert_int_equal(answer.n, 5);
        assert_int_equal(answer.period_us, 7);
    }
}

static void test_more_counters_than_there_is_room_for(void **state)
{
    (void)state;
    static char text[2 * ECO_HELPER_TEXT_B];
    static eco_helper_answer answer;
    for (int n_lines = ECOPT_METER_SOURCES_MAX; n_lines < ECOPT_METER_SOURCES_MAX + 2; n_lines++) {
        size_t n = (size_t)snprintf(text, sizeof text, HEAD);
        for (int i = 0; i < n_lines; i++)
            n += (size_t)snprintf(text + n, sizeof text - n,
                                  "package-%d,package,1,2,3,4,5,6,900,1100\n", i);
        (void)snprintf(text + n, sizeof text - n, "end\n");
        assert_int_equal(eco_helper_parse(text, &answer),
                         n_lines > ECOPT_METER_SOURCES_MAX ? -EBADMSG : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_no_counters),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_more_counters_than_there_is_room_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
