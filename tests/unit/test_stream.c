/* One stream of a phase: what its file keeps, what is searched beyond that, what is remembered. */
#include "core/fs.h"
#include "core/rng.h"
#include "trial/stream.h"

#include "support/eco_test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A stream in a folder of its own, and what its lines said. */
typedef struct fixture {
    ecopt_ctx *ctx;
    char dir[256];
    char path[300];
    eco_stream stream;
    eco_str lines;       /* each with a '|' behind */
    ecopt_status answer; /* of take */
} fixture;

static ecopt_status take(void *user, const char *line, size_t n)
{
    fixture *f = user;
    eco_str_add_bytes(&f->lines, line, n);
    eco_str_add_char(&f->lines, '|');
    return f->answer;
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->ctx = eco_test_ctx();
    f->lines = (eco_str)ECO_STR_INIT(f->ctx);
    eco_test_temp_dir(f->dir);
    (void)snprintf(f->path, sizeof f->path, "%s/run.out", f->dir);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    eco_str_release(&f->lines);
    assert_int_equal(eco_ctx_live_b(f->ctx), 0);
    ecopt_ctx_free(f->ctx);
    eco_test_remove_dir(f->dir);
    free(f);
    return 0;
}

static void open_stream(fixture *f, size_t kept_b)
{
    assert_status(f->ctx, eco_stream_open(&f->stream, f->ctx, f->path, kept_b), ECOPT_OK);
    f->stream.take = take;
    f->stream.user = f;
    eco_str_clear(&f->lines);
}

static void feed(fixture *f, const char *text)
{
    assert_status(f->ctx, eco_stream_feed(&f->stream, text, strlen(text)), ECOPT_OK);
}

/* Closes and compares the file; NULL: there must be none. */
static void expect_file(fixture *f, const char *wanted)
{
    char *text = NULL;
    assert_status(f->ctx, eco_stream_close(&f->stream), ECOPT_OK);
    assert_int_equal(f->stream.fd, -1);
    if (!wanted) {
        assert_int_not_equal(access(f->path, F_OK), 0);
        return;
    }
    assert_status(f->ctx, eco_fs_read(f->ctx, f->path, 1 << 20, &text, NULL), ECOPT_OK);
    assert_string_equal(text, wanted);
    eco_free(f->ctx, text);
}

static void test_silence_makes_no_file(void **state)
{
    fixture *f = *state;
    open_stream(f, 100);
    assert_int_not_equal(access(f->path, F_OK), 0);
    feed(f, "");
    expect_file(f, NULL);
    assert_string_equal(eco_str_text(&f->lines), "");
    assert_int_equal(f->stream.n_lines, 0);
}

static void test_what_comes_is_kept(void **state)
{
    fixture *f = *state;
    open_stream(f, 100);
    feed(f, "one\ntw");
    /* The line is only taken when it is whole, its bytes are kept at once. */
    assert_string_equal(eco_str_text(&f->lines), "one|");
    feed(f, "o\n\nthree");
    assert_string_equal(eco_str_text(&f->lines), "one|two|");
    expect_file(f, "one\ntwo\n\nthree");
    assert_string_equal(eco_str_text(&f->lines), "one|two|three|");
}

/* An earlier attempt in this folder must not shine through, whether the program prints or not. */
static void test_old_file_is_emptied(void **state)
{
    fixture *f = *state;
    eco_test_write_file(f->dir, "run.out", "a long text of an earlier attempt\n");
    open_stream(f, 100);
    feed(f, "new\n");
    expect_file(f, "new\n");
    open_stream(f, 100);
    expect_file(f, "");
}

static void test_cap_at_every_place(void **state)
{
    fixture *f = *state;
    static const char text[] = "0123456789\nabcdefghij\n";
    const size_t n = sizeof text - 1;
    for (size_t kept = 0; kept <= n + 2; kept++) {
        for (size_t piece = 1; piece <= n; piece += 3) {
            char wanted[128];
            open_stream(f, kept);
            for (size_t at = 0; at < n; at += piece)
                assert_status(
                    f->ctx, eco_stream_feed(&f->stream, text + at, at + piece < n ? piece : n - at),
                    ECOPT_OK);
            if (kept >= n)
                (void)snprintf(wanted, sizeof wanted, "%s", text);
            else
                (void)snprintf(wanted, sizeof wanted,
                               "%.*s\n[ecopt: %zu more bytes were not kept]\n", (int)kept, text,
                               n - kept);
            expect_file(f, wanted);
            /* What is not kept is still searched. */
            assert_string_equal(eco_str_text(&f->lines), "0123456789|abcdefghij|");
            assert_int_equal(unlink(f->path), 0);
        }
    }
}

static void test_dropped_bytes_are_counted(void **state)
{
    fixture *f = *state;
    char block[1000];
    memset(block, 'x', sizeof block);
    open_stream(f, 1500);
    for (int i = 0; i < 5; i++)
        assert_status(f->ctx, eco_stream_feed(&f->stream, block, sizeof block), ECOPT_OK);
    assert_int_equal(f->stream.dropped_b, 3500);
    assert_int_equal(f->stream.room_b, 0);
    assert_status(f->ctx, eco_stream_close(&f->stream), ECOPT_OK);
    struct stat info;
    assert_int_equal(stat(f->path, &info), 0);
    assert_int_equal(info.st_size, 1500 + strlen("\n[ecopt: 3500 more bytes were not kept]\n"));
}

static void expect_tail(fixture *f, const char *text, const char *wanted)
{
    eco_str out = ECO_STR_INIT(f->ctx);
    open_stream(f, 10);
    feed(f, text);
    assert_status(f->ctx, eco_stream_close(&f->stream), ECOPT_OK);
    eco_stream_quote_tail(&f->stream, &out);
    assert_string_equal(eco_str_text(&out), wanted);
    eco_str_release(&out);
}

static void test_tail(void **state)
{
    fixture *f = *state;
    expect_tail(f, "", "");
    expect_tail(f, "\n\r\n", "");
    expect_tail(f, "a", "a");
    expect_tail(f, "a\nb\n", "a | b");
    expect_tail(f, "a\nb\nc\n", "a | b | c");
    expect_tail(f, "a\nb\nc\nd", "b | c | d");
    expect_tail(f, "1\n2\n3\n4\n5\n6\n7\n", "5 | 6 | 7");
    expect_tail(f, "10 %\r50 %\r100 %\n", "10 % | 50 % | 100 %");
    expect_tail(f, "\x1b[1mred\tA\xff\n", "\\x1b[1mred\\tA\\xff");
}

/* Long lines are cut at ECO_TAIL_LINE_B bytes and say so. */
static void test_tail_of_long_lines(void **state)
{
    fixture *f = *state;
    for (size_t n = ECO_TAIL_LINE_B - 1; n <= ECO_TAIL_LINE_B + 1; n++) {
        char line[ECO_TAIL_LINE_B + 8], wanted[ECO_TAIL_LINE_B + 16];
        memset(line, 'y', n);
        line[n] = '\0';
        (void)snprintf(wanted, sizeof wanted, "%.*s%s", ECO_TAIL_LINE_B, line,
                       n >= ECO_TAIL_LINE_B ? "..." : "");
        expect_tail(f, line, wanted);
    }
}

static void test_files_that_cannot_be_made(void **state)
{
    fixture *f = *state;
    char message[400];
    assert_int_equal(mkdir(f->path, 0777), 0);
    (void)snprintf(message, sizeof message, "cannot create '%s': Is a directory", f->path);
    assert_status(f->ctx, eco_stream_open(&f->stream, f->ctx, f->path, 10), ECOPT_E_IO);
    assert_string_equal(ecopt_ctx_errmsg(f->ctx), message);
    assert_int_equal(rmdir(f->path), 0);
    /* The folder goes away between opening and the first byte. */
    (void)snprintf(f->path, sizeof f->path, "%s/gone/run.out", f->dir);
    (void)snprintf(message, sizeof message, "cannot create '%s': No such file or directory",
                   f->path);
    assert_status(f->ctx, eco_stream_open(&f->stream, f->ctx, f->path, 10), ECOPT_OK);
    assert_status(f->ctx, eco_stream_feed(&f->stream, "x", 1), ECOPT_E_IO);
    assert_string_equal(ecopt_ctx_errmsg(f->ctx), message);
    assert_status(f->ctx, eco_stream_close(&f->stream), ECOPT_OK);
}

static void test_full_disk(void **state)
{
    fixture *f = *state;
    char message[400];
    assert_int_equal(symlink("/dev/full", f->path), 0);
    (void)snprintf(message, sizeof message, "cannot write '%s': No space left on device", f->path);
    open_stream(f, 100);
    assert_status(f->ctx, eco_stream_feed(&f->stream, "x\n", 2), ECOPT_E_IO);
    assert_string_equal(ecopt_ctx_errmsg(f->ctx), message);
    assert_status(f->ctx, eco_stream_close(&f->stream), ECOPT_OK);
    /* The note about dropped bytes is output as well. */
    open_stream(f, 0);
    feed(f, "x\n");
    assert_status(f->ctx, eco_stream_close(&f->stream), ECOPT_E_IO);
    assert_int_equal(f->stream.fd, -1);
}

static void test_failure_of_the_taker(void **state)
{
    fixture *f = *state;
    open_stream(f, 100);
    f->answer = ECOPT_E_LIMIT;
    assert_status(f->ctx, eco_stream_feed(&f->stream, "a", 1), ECOPT_OK);
    assert_status(f->ctx, eco_stream_feed(&f->stream, "b\nc\n", 4), ECOPT_E_LIMIT);
    assert_string_equal(eco_str_text(&f->lines), "ab|");
    assert_status(f->ctx, eco_stream_close(&f->stream), ECOPT_OK);
    open_stream(f, 100);
    feed(f, "last line without end");
    assert_status(f->ctx, eco_stream_close(&f->stream), ECOPT_E_LIMIT);
    /* Without a taker lines are only remembered. */
    open_stream(f, 100);
    f->stream.take = NULL;
    feed(f, "x\ny\n");
    assert_status(f->ctx, eco_stream_close(&f->stream), ECOPT_OK);
    assert_int_equal(f->stream.n_lines, 2);
    f->answer = ECOPT_OK;
}

/* However output is cut into pieces, file and lines are the same. */
static void test_pieces_do_not_matter(void **state)
{
    fixture *f = *state;
    eco_rng rng;
    eco_rng_init(&rng, 5, 0, 0);
    for (int i = 0; i < 200; i++) {
        char text[200];
        size_t n = eco_rng_below(&rng, sizeof text), kept = eco_rng_below(&rng, 250);
        for (size_t k = 0; k < n; k++)
            text[k] = "ab\n\r"[eco_rng_below(&rng, 4)];
        char *files[2] = {NULL, NULL};
        eco_str lines[2] = {ECO_STR_INIT(f->ctx), ECO_STR_INIT(f->ctx)};
        for (int way = 0; way < 2; way++) {
            open_stream(f, kept);
            for (size_t at = 0, piece; at < n; at += piece) {
                piece = way ? 1 + eco_rng_below(&rng, n - at) : n;
                assert_status(f->ctx, eco_stream_feed(&f->stream, text + at, piece), ECOPT_OK);
            }
            assert_status(f->ctx, eco_stream_close(&f->stream), ECOPT_OK);
            eco_str_add(&lines[way], eco_str_text(&f->lines));
            if (n > 0)
                assert_status(f->ctx, eco_fs_read(f->ctx, f->path, 1000, &files[way], NULL),
                              ECOPT_OK);
        }
        assert_string_equal(eco_str_text(&lines[0]), eco_str_text(&lines[1]));
        if (n > 0)
            assert_string_equal(files[0], files[1]);
        for (int way = 0; way < 2; way++) {
            eco_free(f->ctx, files[way]);
            eco_str_release(&lines[way]);
        }
    }
}

static ecopt_status attempt(ecopt_ctx *ctx, void *user)
{
    fixture *f = user;
    eco_stream stream;
    ECO_TRY(eco_stream_open(&stream, ctx, f->path, 4));
    ecopt_status status = eco_stream_feed(&stream, "partial", 7);
    if (status == ECOPT_OK)
        status = eco_stream_feed(&stream, " line\nnext", 10);
    ecopt_status closed = eco_stream_close(&stream);
    return status != ECOPT_OK ? status : closed;
}

static void test_allocation_failures(void **state)
{
    eco_test_alloc_sweep(attempt, *state);
}

#define STREAM_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STREAM_TEST(test_silence_makes_no_file),
        STREAM_TEST(test_what_comes_is_kept),
        STREAM_TEST(test_old_file_is_emptied),
        STREAM_TEST(test_cap_at_every_place),
        STREAM_TEST(test_dropped_bytes_are_counted),
        STREAM_TEST(test_tail),
        STREAM_TEST(test_tail_of_long_lines),
        STREAM_TEST(test_files_that_cannot_be_made),
        STREAM_TEST(test_full_disk),
        STREAM_TEST(test_failure_of_the_taker),
        STREAM_TEST(test_pieces_do_not_matter),
        STREAM_TEST(test_allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
