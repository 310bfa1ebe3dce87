/*
 * The text of ecopt-energyd over random answers: there and back is the same, and a text that was
 * cut, spoiled or made longer is refused or means what it says.
 */
#include "support/eco_test.h"

#include "core/rng.h"
#include "meter/helper_text.h"

#include <errno.h>

enum { ROUNDS = 120 };

static uint64_t number(eco_rng *rng, uint64_t most)
{
    /* All lengths alike, not only the longest. */
    unsigned bits = (unsigned)(63 * eco_rng_uniform(rng));
    return (eco_rng_u64(rng) >> (63 - bits)) % (most + 1);
}

static void make(uint64_t seed, eco_helper_answer *ret)
{
    static const eco_scope scopes[] = {ECO_SCOPE_PACKAGE, ECO_SCOPE_DRAM, ECO_SCOPE_PSYS,
                                       ECO_SCOPE_PART};
    const uint64_t most = UINT64_C(1) << 62;
    eco_rng rng;
    eco_rng_init(&rng, seed, ECO_STREAM_TEST, 51);
    memset(ret, 0, sizeof *ret);
    ret->period_us = 1000 + number(&rng, 59999000);
    ret->n = (size_t)(eco_rng_uniform(&rng) * (ECOPT_METER_SOURCES_MAX + 1));
    for (size_t i = 0; i < ret->n; i++) {
        eco_helper_domain *d = &ret->domains[i];
        (void)snprintf(d->name, sizeof d->name, "package-%zu part %zu", i, i % 3);
        d->scope = scopes[(size_t)(4 * eco_rng_uniform(&rng))];
        d->time_us = number(&rng, most);
        d->since_us = number(&rng, d->time_us);
        d->energy_uj = number(&rng, most);
        d->power_mw = number(&rng, most);
        d->unit_nj = number(&rng, most);
        d->power_max_mw = number(&rng, most);
        d->gain_lo_ppt = 100 + number(&rng, 900);
        d->gain_hi_ppt = 1000 + number(&rng, 9000);
    }
}

static void test_there_and_back(void **state)
{
    (void)state;
    static eco_helper_answer answer, back;
    static char text[ECO_HELPER_TEXT_B], again[ECO_HELPER_TEXT_B];
    for (uint64_t seed = 0; seed < ROUNDS; seed++) {
        make(seed, &answer);
        size_t n = eco_helper_format(&answer, text);
        assert_int_equal(n, strlen(text));
        assert_int_equal(eco_helper_parse(text, &back), 0);
        assert_memory_equal(&back.period_us, &answer.period_us, sizeof back.period_us);
        assert_int_equal(back.n, answer.n);
        for (size_t i = 0; i < back.n; i++) {
            const eco_helper_domain *a = &answer.domains[i], *b = &back.domains[i];
            assert_string_equal(b->name, a->name);
            assert_int_equal(b->scope, a->scope);
            assert_true(b->since_us == a->since_us && b->time_us == a->time_us);
            assert_true(b->energy_uj == a->energy_uj && b->power_mw == a->power_mw);
            assert_true(b->unit_nj == a->unit_nj && b->power_max_mw == a->power_max_mw);
            assert_true(b->gain_lo_ppt == a->gain_lo_ppt && b->gain_hi_ppt == a->gain_hi_ppt);
        }
        (void)eco_helper_format(&back, again);
        assert_string_equal(again, text);
    }
}

/* A helper that dies while it writes, a buffer that was too short: no part is ever a whole. */
static void test_no_beginning_is_enough(void **state)
{
    (void)state;
    static eco_helper_answer answer, kept;
    static char text[ECO_HELPER_TEXT_B];
    for (uint64_t seed = 0; seed < 12; seed++) {
        make(seed, &answer);
        size_t n = eco_helper_format(&answer, text);
        memset(&kept, 0x5a, sizeof kept);
        const eco_helper_answer untouched = kept;
        while (n-- > 0) {
            text[n] = '\0';
            int status = eco_helper_parse(text, &kept);
            assert_true(status == -EBADMSG || status == -EPROTONOSUPPORT);
        }
        assert_memory_equal(&kept, &untouched, sizeof kept);
    }
}

/* One byte changed: refused with nothing taken, or an answer that says exactly the changed text,
 * apart from zeros in front of a number. */
static void test_a_changed_byte(void **state)
{
    (void)state;
    static const char bytes[] = {'0', '9', '-', ',', '\n', ' ', 'x', '\x01', '\x7f', (char)0xff};
    static eco_helper_answer answer, back;
    static char text[ECO_HELPER_TEXT_B], changed[ECO_HELPER_TEXT_B], again[ECO_HELPER_TEXT_B];
    size_t n_taken = 0, n_refused = 0;
    make(5, &answer);
    answer.n = 2;
    size_t n = eco_helper_format(&answer, text);
    for (size_t at = 0; at < n; at++)
        for (size_t b = 0; b < sizeof bytes; b++) {
            memcpy(changed, text, n + 1);
            changed[at] = bytes[b];
            back.n = 99;
            if (eco_helper_parse(changed, &back) != 0) {
                assert_int_equal(back.n, 99);
                n_refused++;
                continue;
            }
            n_taken++;
            size_t length = eco_helper_format(&back, again);
            bool has_zero = bytes[b] == '0' && length < n;
            assert_true(has_zero || strcmp(again, changed) == 0);
            for (size_t i = 0; i < back.n; i++)
                assert_true(back.domains[i].since_us <= back.domains[i].time_us);
        }
    assert_true(n_taken > 0 && n_refused > n_taken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_no_beginning_is_enough),
        cmocka_unit_test(test_a_changed_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
