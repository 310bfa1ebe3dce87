#include "support/eco_test.h"

#include "meter/io.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static void test_numbers_of_counters(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", " ", "-1", "+1", " 1", "1 2", "0x1", "1.", "1e3", "nan", "18446744073709551616"};
    uint64_t value = 7;
    for (size_t i = 0; i < ECO_LEN(bad); i++)
        assert_false(eco_io_parse_u64(bad[i], &value));
    assert_int_equal(value, 7);
    assert_true(eco_io_parse_u64("0", &value));
    assert_int_equal(value, 0);
    assert_true(eco_io_parse_u64("262143328850 \n", &value));
    assert_true(value == 262143328850u);
    assert_true(eco_io_parse_u64("18446744073709551615", &value));
    assert_true(value == UINT64_MAX);
}

static void test_files_below_a_root(void **state)
{
    (void)state;
    char dir[256], text[8], full[ECO_IO_PATH_B];
    uint64_t value = 0;
    eco_test_temp_dir(dir);
    eco_io io = eco_io_system(dir);
    eco_test_write_file(dir, "sys/a", "42\n");
    eco_test_write_file(dir, "sys/b", "a longer line \n");
    eco_test_write_file(dir, "sys/c", "");
    assert_true(eco_io_path(&io, "/sys/a", full));
    assert_int_equal(strncmp(full, dir, strlen(dir)), 0);
    assert_int_equal(eco_io_u64(&io, "/sys/a", &value), 0);
    assert_int_equal(value, 42);
    assert_int_equal(eco_io_u64(&io, "/sys/b", &value), -EINVAL);
    assert_int_equal(eco_io_u64(&io, "/sys/c", &value), -EINVAL);
    assert_int_equal(eco_io_u64(&io, "/sys/none", &value), -ENOENT);
    assert_int_equal(eco_io_text(&io, "/sys/b", text, sizeof text), 7);
    assert_string_equal(text, "a longe");
    assert_int_equal(eco_io_text(&io, "/sys", text, sizeof text), -EISDIR);
    assert_string_equal(text, "");
    assert_int_equal(eco_io_probe(&io, "/sys/a"), 0);
    assert_int_equal(eco_io_probe(&io, "/sys/none"), -ENOENT);
    eco_test_remove_dir(dir);
}

static void test_paths_that_do_not_fit(void **state)
{
    (void)state;
    static char path[ECO_IO_PATH_B + 1];
    char full[ECO_IO_PATH_B], names[1][32];
    memset(path, 'a', sizeof path - 1);
    path[0] = '/';
    eco_io io = eco_io_system(NULL);
    assert_false(eco_io_path(&io, path, full));
    assert_int_equal(eco_io_open(&io, path), -ENAMETOOLONG);
    assert_int_equal(eco_io_list(&io, path, names, 1), -ENAMETOOLONG);
}

static void test_held_descriptor_is_read_again_from_its_start(void **state)
{
    (void)state;
    char dir[256];
    uint64_t value = 0;
    eco_test_temp_dir(dir);
    eco_io io = eco_io_system(dir);
    eco_test_write_file(dir, "n", "5\n");
    int fd = eco_io_open(&io, "/n");
    assert_true(fd >= 0);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    for (int i = 0; i < 2; i++)
        assert_int_equal(eco_io_fd_u64(&io, fd, &value), 0);
    assert_int_equal(value, 5);
    eco_test_write_file(dir, "n", "6\n");
    assert_int_equal(eco_io_fd_u64(&io, fd, &value), 0);
    assert_int_equal(value, 6);
    eco_test_write_file(dir, "n", "");
    assert_int_equal(eco_io_fd_u64(&io, fd, &value), -ENODATA);
    eco_test_write_file(dir, "n", "x");
    assert_int_equal(eco_io_fd_u64(&io, fd, &value), -EINVAL);
    io.close(io.user, fd);
    assert_int_equal(eco_io_fd_u64(&io, fd, &value), -EBADF);
    assert_int_equal(value, 6);
    eco_test_remove_dir(dir);
}

static void test_lists_are_sorted_and_bounded(void **state)
{
    (void)state;
    char dir[256], names[3][32];
    eco_test_temp_dir(dir);
    eco_io io = eco_io_system(dir);
    eco_test_write_file(dir, "d/b", "");
    eco_test_write_file(dir, "d/a", "");
    eco_test_write_file(dir, "d/a-name-that-is-longer-than-any-of-the-kernel", "");
    assert_int_equal(eco_io_list(&io, "/d", names, 3), 2);
    assert_string_equal(names[0], "a");
    assert_string_equal(names[1], "b");
    assert_int_equal(eco_io_list(&io, "/d", names, 1), 1);
    assert_int_equal(eco_io_list(&io, "/none", names, 3), -ENOENT);
    eco_test_remove_dir(dir);
}

static void test_clock_and_calls_of_the_system(void **state)
{
    (void)state;
    eco_io io = eco_io_system("");
    double before_s = io.now(io.user, ECO_CLOCK_MONOTONIC);
    io.sleep(io.user, 0.002);
    io.sleep(io.user, -1);
    io.sleep(io.user, (double)NAN);
    assert_true(io.now(io.user, ECO_CLOCK_MONOTONIC) - before_s >= 0.002);
    assert_true(io.now(io.user, ECO_CLOCK_BOOTTIME) >= before_s);
    /* No such PMU: an error, not a descriptor. */
    assert_true(io.perf_open(io.user, 0xfffffff0u, 1, 0) < 0);
    assert_null(io.dlopen(io.user, "/nowhere/lib.so"));
    assert_true(io.read(io.user, -1, &before_s, 1, 0) == -EBADF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_of_counters),
        cmocka_unit_test(test_files_below_a_root),
        cmocka_unit_test(test_paths_that_do_not_fit),
        cmocka_unit_test(test_held_descriptor_is_read_again_from_its_start),
        cmocka_unit_test(test_lists_are_sorted_and_bounded),
        cmocka_unit_test(test_clock_and_calls_of_the_system),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
