/*
 * Results in files: whole or not at all; JSON that is JSON; messages that cannot steer a terminal.
 */
#include "message.h"
#include "output.h"
#include "support/eco_test.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Path in a fresh folder; the test removes both. */
static char folder[] = "/tmp/ecopt-cli-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(path, sizeof path, "%s/result", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder); /* fails when a temporary file was left */
}

static void read_back(char *text, size_t room)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t n = fread(text, 1, room - 1, file);
    text[n] = '\0';
    (void)fclose(file);
}

/* cli_write with its messages kept off the test's output. */
static int quiet_write(const char *target, const char *text, char *said, size_t room)
{
    cli_state cli = {0};
    FILE *kept = stderr;
    stderr = tmpfile();
    assert_non_null(stderr);
    int code = cli_write(&cli, target, text, strlen(text));
    rewind(stderr);
    size_t n = fread(said, 1, room - 1, stderr);
    said[n] = '\0';
    (void)fclose(stderr);
    stderr = kept;
    return code;
}

static void test_file(void **state)
{
    (void)state;
    char text[64], said[256];
    assert_int_equal(quiet_write(path, "one\n", said, sizeof said), CLI_EXIT_OK);
    read_back(text, sizeof text);
    assert_string_equal(text, "one\n");
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    mode_t mask = umask(0);
    (void)umask(mask);
    assert_int_equal(status.st_mode & 0777, 0666 & ~mask);

    /* Replaced whole; the permissions of the old file stay. */
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(quiet_write(path, "2", said, sizeof said), CLI_EXIT_OK);
    read_back(text, sizeof text);
    assert_string_equal(text, "2");
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_string_equal(said, "");
}

static void test_failures(void **state)
{
    (void)state;
    char said[256];
    assert_int_equal(quiet_write("/dev/full", "x", said, sizeof said), CLI_EXIT_ERROR);
    assert_string_equal(said, "error: cannot write '/dev/full': No space left on device\n");
    assert_int_equal(quiet_write("/nonexistent/x", "x", said, sizeof said), CLI_EXIT_ERROR);
    assert_string_equal(said, "error: cannot write '/nonexistent/x': No such file or directory\n");
    assert_int_equal(quiet_write(folder, "x", said, sizeof said), CLI_EXIT_ERROR);
    assert_non_null(strstr(said, "Is a directory"));
    assert_int_equal(quiet_write("/dev/null", "x", said, sizeof said), CLI_EXIT_OK);
}

static void test_json(void **state)
{
    (void)state;
    static const struct {
        const char *text, *json;
    } rows[] = {
        {"", "\"\""},
        {"a\"b\\c", "\"a\\\"b\\\\c\""},
        {"\n\t\x1b\x7f", "\"\\u000a\\u0009\\u001b\\u007f\""},
        {"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8c\xb1", "\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8c\xb1\""},
        {"\xff", "\"\\ufffd\""},
        {"\xc0\x80", "\"\\ufffd\\ufffd\""},            /* overlong */
        {"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""}, /* surrogate */
        {"\xe2\x82", "\"\\ufffd\\ufffd\""},            /* cut off */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text = NULL;
        size_t length = 0;
        FILE *file = open_memstream(&text, &length);
        assert_non_null(file);
        cli_json_string(file, rows[i].text);
        assert_int_equal(fclose(file), 0);
        assert_string_equal(text, rows[i].json);
        free(text);
    }
}

static void test_json_number(void **state)
{
    (void)state;
    static const struct {
        double number;
        const char *json;
    } rows[] = {{0.1, "0.1"},       {1.0 / 3.0, "0.3333333333333333"},
                {NAN, "null"},      {-2.0, "-2"},
                {INFINITY, "null"}, {1e-300, "1e-300"},
                {1e300, "1e+300"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[64] = "";
        FILE *file = fmemopen(text, sizeof text, "w");
        assert_non_null(file);
        cli_json_number(file, rows[i].number);
        assert_int_equal(fclose(file), 0);
        assert_string_equal(text, rows[i].json);
    }
}

static void test_messages(void **state)
{
    (void)state;
    char text[] = "a\x1b[2Jb\rc\nd\te\x7f";
    cli_sanitize(text);
    assert_string_equal(text, "a?[2Jb?c\nd\te?");

    assert_true(cli_wants_color("always", -1));
    assert_false(cli_wants_color("never", 2));
    assert_int_equal(setenv("TERM", "xterm", 1), 0);
    assert_false(cli_wants_color("auto", -1)); /* no terminal */
    assert_int_equal(setenv("NO_COLOR", "1", 1), 0);
    assert_false(cli_wants_color("auto", 2));
    assert_true(cli_wants_color("always", 2));
    assert_int_equal(unsetenv("NO_COLOR"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file),     cmocka_unit_test(test_failures),
        cmocka_unit_test(test_json),     cmocka_unit_test(test_json_number),
        cmocka_unit_test(test_messages),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
