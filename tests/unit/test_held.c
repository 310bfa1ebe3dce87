/* Held files: reopened when their device comes back, and every malformed number refused. */
#include "support/eco_test.h"
#include "support/fake_trees.h"

#include "meter/held.h"

#include <errno.h>

static void test_a_file_is_opened_once(void **state)
{
    (void)state;
    static eco_fake fake;
    eco_held held;
    int64_t value = 0;
    eco_fake_init(&fake);
    eco_fake_add_live(&fake, "/sys/x/power_now", 5, 1, "\n");
    eco_held_init(&held, "/sys/x", "power_now");
    assert_int_equal(fake.n_open, 0);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(eco_held_i64(&fake.io, &held, &value), 0);
        assert_int_equal(value, 5 + i);
        assert_int_equal(fake.n_open, 1);
        eco_fake_advance(&fake, 1);
    }
    eco_held_close(&fake.io, &held);
    eco_held_close(&fake.io, &held);
    assert_int_equal(fake.n_open, 0);
    eco_fake_release(&fake);
}

static void test_numbers(void **state)
{
    (void)state;
    static eco_fake fake;
    static const struct {
        const char *text;
        int status;
        int64_t value;
    } cases[] = {
        {"0\n", 0, 0},
        {"-17\n", 0, -17},
        {"9223372036854775807\n", 0, INT64_MAX},
        {"9223372036854775808\n", -EINVAL, 0},
        {"12 \n", 0, 12},
        {"", -ENODATA, 0},
        {"\n", -ENODATA, 0},
        {"--1\n", -EINVAL, 0},
        {"-\n", -EINVAL, 0},
        {"+1\n", -EINVAL, 0},
        {"1.5\n", -EINVAL, 0},
        {"0x1f\n", -EINVAL, 0},
        {"nan\n", -EINVAL, 0},
        {"N/A\n", -EINVAL, 0},
        {"1 2\n", -EINVAL, 0},
    };
    eco_fake_init(&fake);
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        int64_t value = 99;
        eco_fake_file(&fake, "/sys/x/value", cases[i].text);
        assert_int_equal(eco_held_once(&fake.io, "/sys/x", "value", &value), cases[i].status);
        assert_int_equal(value, cases[i].status ? 99 : cases[i].value);
        assert_int_equal(fake.n_open, 0);
    }
    eco_fake_release(&fake);
}

static void test_only_dead_descriptors_are_closed(void **state)
{
    (void)state;
    static eco_fake fake;
    static const struct {
        int error;
        bool is_dead;
    } cases[] = {{-ENODEV, true}, {-ENOENT, true}, {-EBADF, true}, {-EIO, false}, {-EAGAIN, false}};
    eco_held held;
    int64_t value = 0;
    eco_fake_init(&fake);
    eco_fake_file(&fake, "/sys/x/value", "4\n");
    eco_held_init(&held, "/sys/x", "value");
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        assert_int_equal(eco_held_i64(&fake.io, &held, &value), 0);
        eco_fake_add_fault(&fake, "/x/value", cases[i].error, true, 1);
        assert_int_equal(eco_held_i64(&fake.io, &held, &value), cases[i].error);
        assert_int_equal(fake.n_open, cases[i].is_dead ? 0 : 1);
    }
    assert_int_equal(eco_held_i64(&fake.io, &held, &value), 0);
    eco_held_close(&fake.io, &held);
    /* Refused at opening: nothing is kept. */
    eco_fake_add_fault(&fake, "/x/value", -EACCES, false, 1);
    assert_int_equal(eco_held_i64(&fake.io, &held, &value), -EACCES);
    assert_int_equal(fake.n_open, 0);
    eco_fake_release(&fake);
}

static void test_a_path_too_long_is_no_other_file(void **state)
{
    (void)state;
    static eco_fake fake;
    eco_held held;
    int64_t value = 7;
    char folder[200];
    memset(folder, 'a', sizeof folder - 1);
    folder[0] = '/';
    folder[sizeof folder - 1] = '\0';
    eco_fake_init(&fake);
    eco_held_init(&held, folder, "value");
    assert_int_equal(eco_held_i64(&fake.io, &held, &value), -ENAMETOOLONG);
    assert_int_equal(value, 7);
    eco_fake_release(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_is_opened_once),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_only_dead_descriptors_are_closed),
        cmocka_unit_test(test_a_path_too_long_is_no_other_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
