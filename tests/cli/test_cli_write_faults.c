/*
 * Output when the system fails: each write, and each step of replacing a file, fails once; the old
 * file must stay, nothing may be left beside it, and the message must name the cause.
 *
 * The calls are wrapped by the linker (see cli.cmake), so that no disk need be filled.
 */
#include "cli_test.h"
#include "output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

/* Which call fails, and how. */
enum call { WRITE, RENAME, CLOSE, FCHMOD, MKOSTEMP, N_CALLS };

static struct {
    int fail_at[N_CALLS]; /* 1: the first call fails; 0: none */
    int n[N_CALLS];       /* calls so far */
    int error;            /* errno of the failure */
    size_t most_b;        /* write takes no more at once; 0: as it is */
} fault;

static bool is_failing(enum call call)
{
    if (++fault.n[call] != fault.fail_at[call])
        return false;
    errno = fault.error;
    return true;
}

ssize_t __real_write(int fd, const void *bytes, size_t n);
ssize_t __wrap_write(int fd, const void *bytes, size_t n);
ssize_t __wrap_write(int fd, const void *bytes, size_t n)
{
    if (is_failing(WRITE))
        return -1;
    return __real_write(fd, bytes, fault.most_b > 0 && n > fault.most_b ? fault.most_b : n);
}

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to)
{
    return is_failing(RENAME) ? -1 : __real_rename(from, to);
}

/* A close that fails has closed all the same (close(2), NOTES). */
int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
    bool fails = is_failing(CLOSE);
    int result = __real_close(fd);
    if (!fails)
        return result;
    errno = fault.error;
    return -1;
}

int __real_fchmod(int fd, mode_t mode);
int __wrap_fchmod(int fd, mode_t mode);
int __wrap_fchmod(int fd, mode_t mode)
{
    return is_failing(FCHMOD) ? -1 : __real_fchmod(fd, mode);
}

int __real_mkostemp(char *name, int flags);
int __wrap_mkostemp(char *name, int flags);
int __wrap_mkostemp(char *name, int flags)
{
    return is_failing(MKOSTEMP) ? -1 : __real_mkostemp(name, flags);
}

static char folder[256];
static char path[300];

static int make_folder(void **state)
{
    (void)state;
    eco_test_temp_dir(folder);
    (void)snprintf(path, sizeof path, "%s/result", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    eco_test_remove_dir(folder);
    return 0;
}

static size_t count_files(void)
{
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    size_t n = 0;
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir))
        n += entry->d_name[0] != '.';
    (void)closedir(dir);
    return n;
}

static void assert_content(const char *expected)
{
    char text[512] = "";
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t n = fread(text, 1, sizeof text - 1, file);
    text[n] = '\0';
    (void)fclose(file);
    assert_string_equal(text, expected);
}

/* cli_write to `target` with call number `at` of that kind failing. */
static int write_with(enum call call, int at, int error, const char *target, const char *text,
                      cli_said *said)
{
    cli_state cli = {0};
    memset(&fault, 0, sizeof fault);
    cli_said_start(said);
    fault.fail_at[call] = at;
    fault.error = error;
    fault.most_b = 3;
    memset(fault.n, 0, sizeof fault.n);
    int code = cli_write(&cli, target, text, strlen(text));
    memset(fault.fail_at, 0, sizeof fault.fail_at);
    fault.most_b = 0;
    cli_said_stop(said);
    return code;
}

static void expect_kept(enum call call, int at, int error)
{
    cli_said said;
    char expected[512];
    assert_int_equal(write_with(call, at, error, path, "new content", &said), CLI_EXIT_ERROR);
    (void)snprintf(expected, sizeof expected, "error: cannot write '%s': %s\n", path,
                   strerror(error));
    assert_string_equal(said.text, expected);
    cli_said_release(&said);
    assert_content("old");
    assert_int_equal(count_files(), 1);
}

static void test_kth_write(void **state)
{
    (void)state;
    cli_said said;
    assert_int_equal(write_with(WRITE, 0, 0, path, "old", &said), CLI_EXIT_OK);
    cli_said_release(&said);
    /* Eleven bytes, three at a time: four writes. */
    for (int k = 1; k <= 4; k++) {
        expect_kept(WRITE, k, ENOSPC);
        expect_kept(WRITE, k, EIO);
        expect_kept(WRITE, k, EDQUOT);
    }
    assert_int_equal(write_with(WRITE, 5, ENOSPC, path, "new content", &said), CLI_EXIT_OK);
    cli_said_release(&said);
    assert_content("new content");
}

static void test_interrupted_write(void **state)
{
    (void)state;
    cli_said said;
    for (int k = 1; k <= 4; k++) {
        assert_int_equal(write_with(WRITE, k, EINTR, path, "0123456789", &said), CLI_EXIT_OK);
        assert_string_equal(said.text, "");
        cli_said_release(&said);
        assert_content("0123456789");
    }
}

static void test_steps_of_replacing(void **state)
{
    (void)state;
    cli_said said;
    assert_int_equal(write_with(WRITE, 0, 0, path, "old", &said), CLI_EXIT_OK);
    cli_said_release(&said);
    expect_kept(RENAME, 1, EACCES);
    expect_kept(CLOSE, 1, EIO);
    expect_kept(FCHMOD, 1, EPERM);
    expect_kept(MKOSTEMP, 1, EROFS);
}

static void test_new_file(void **state)
{
    (void)state;
    /* There was none: there is none afterwards. */
    cli_said said;
    (void)unlink(path);
    for (int k = 1; k <= 2; k++) {
        assert_int_equal(write_with(WRITE, k, ENOSPC, path, "abcdef", &said), CLI_EXIT_ERROR);
        cli_said_release(&said);
        assert_int_equal(count_files(), 0);
    }
    assert_int_equal(write_with(RENAME, 1, EIO, path, "abcdef", &said), CLI_EXIT_ERROR);
    cli_said_release(&said);
    assert_int_equal(count_files(), 0);
}

static void test_direct(void **state)
{
    (void)state;
    /* A device is written in place; its failures are told in the same words. */
    cli_said said;
    for (int k = 1; k <= 2; k++) {
        assert_int_equal(write_with(WRITE, k, EIO, "/dev/null", "abcdef", &said), CLI_EXIT_ERROR);
        assert_string_equal(said.text, "error: cannot write '/dev/null': Input/output error\n");
        cli_said_release(&said);
    }
    assert_int_equal(write_with(CLOSE, 1, ENOSPC, "/dev/null", "abc", &said), CLI_EXIT_ERROR);
    assert_string_equal(said.text, "error: cannot write '/dev/null': No space left on device\n");
    cli_said_release(&said);
}

static void test_link(void **state)
{
    (void)state;
    /* A link is written through, not replaced by a file. */
    char link_path[300];
    struct stat status;
    cli_said said;
    (void)snprintf(link_path, sizeof link_path, "%s/link", folder);
    assert_int_equal(write_with(WRITE, 0, 0, path, "old", &said), CLI_EXIT_OK);
    cli_said_release(&said);
    assert_int_equal(symlink(path, link_path), 0);
    assert_int_equal(write_with(WRITE, 0, 0, link_path, "through", &said), CLI_EXIT_OK);
    cli_said_release(&said);
    assert_content("through");
    assert_int_equal(lstat(link_path, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_int_equal(unlink(link_path), 0);
}

/* Points descriptor 1 somewhere else; returns what it was. */
static int replace_stdout(int fd)
{
    (void)fflush(stdout);
    int kept = dup(1);
    assert_true(kept >= 0 && dup2(fd, 1) == 1);
    return kept;
}

static void restore_stdout(int kept)
{
    assert_true(dup2(kept, 1) == 1);
    (void)close(kept);
}

static void test_closed_pipe(void **state)
{
    (void)state;
    int ends[2];
    cli_said said;
    (void)signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(ends), 0);
    (void)close(ends[0]);
    int kept = replace_stdout(ends[1]);
    int code = write_with(WRITE, 0, 0, NULL, "to nobody", &said);
    restore_stdout(kept);
    (void)close(ends[1]);
    /* `ecopt trials | head` is no error worth a line; the exit code tells all the same. */
    assert_int_equal(code, CLI_EXIT_ERROR);
    assert_string_equal(said.text, "");
    cli_said_release(&said);
}

static void test_stdout(void **state)
{
    (void)state;
    cli_said said;
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    assert_true(null >= 0);
    for (int k = 1; k <= 3; k++) {
        int kept = replace_stdout(null);
        int code = write_with(WRITE, k, ENOSPC, k % 2 ? NULL : "-", "123456789", &said);
        restore_stdout(kept);
        assert_int_equal(code, CLI_EXIT_ERROR);
        assert_string_equal(said.text, "error: cannot write to stdout: No space left on device\n");
        cli_said_release(&said);
    }
    (void)close(null);
}

static void test_nothing(void **state)
{
    (void)state;
    cli_said said;
    assert_int_equal(write_with(WRITE, 1, EIO, path, "", &said), CLI_EXIT_OK);
    assert_int_equal(fault.n[WRITE], 0);
    cli_said_release(&said);
    assert_content("");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kth_write),
        cmocka_unit_test(test_interrupted_write),
        cmocka_unit_test(test_steps_of_replacing),
        cmocka_unit_test(test_new_file),
        cmocka_unit_test(test_direct),
        cmocka_unit_test(test_link),
        cmocka_unit_test(test_closed_pipe),
        cmocka_unit_test(test_stdout),
        cmocka_unit_test(test_nothing),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
