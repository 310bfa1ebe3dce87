/*
 * Properties of the core on random input: buffers against plain arrays, arena blocks that never
 * overlap, streams of random numbers that never meet, numbers that read back, files that survive.
 */
#include "core/arena.h"
#include "core/fs.h"
#include "core/rng.h"
#include "core/str.h"
#include "support/eco_test.h"

#include <float.h>
#include <stdlib.h>
#include <unistd.h>

static eco_rng rng;

static size_t below(size_t n)
{
    return (size_t)eco_rng_below(&rng, n);
}

/* ---- str ---- */

enum { MIRROR_B = 60000 };

typedef struct mirror {
    char *text;
    size_t length;
} mirror;

static void mirror_add(mirror *m, const char *bytes, size_t n)
{
    assert_true(m->length + n < MIRROR_B);
    memcpy(m->text + m->length, bytes, n);
    m->length += n;
    m->text[m->length] = '\0';
}

/* One append of a random kind to both. */
static void append_both(eco_str *str, mirror *m)
{
    char bytes[200];
    size_t n = below(sizeof bytes);
    for (size_t i = 0; i < n; i++)
        bytes[i] = (char)(1 + below(255));
    bytes[n < sizeof bytes ? n : n - 1] = '\0';
    switch (below(4)) {
    case 0:
        eco_str_add_bytes(str, bytes, n);
        mirror_add(m, bytes, n);
        break;
    case 1:
        eco_str_add(str, bytes);
        mirror_add(m, bytes, strlen(bytes));
        break;
    case 2:
        eco_str_add_char(str, 'c');
        mirror_add(m, "c", 1);
        break;
    default:
        eco_str_addf(str, "%s|%zu", bytes, n);
        mirror_add(m, bytes, strlen(bytes));
        n = (size_t)snprintf(bytes, sizeof bytes, "|%zu", n);
        mirror_add(m, bytes, n);
        break;
    }
}

static void test_a_buffer_holds_what_was_appended(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    mirror m = {.text = calloc(1, MIRROR_B)};
    for (int round = 0; round < 60; round++) {
        eco_str str = ECO_STR_INIT(ctx);
        m.length = 0;
        m.text[0] = '\0';
        size_t steps = below(120);
        for (size_t i = 0; i < steps; i++) {
            append_both(&str, &m);
            if (below(40) == 0) {
                eco_str_clear(&str);
                m.length = 0;
                m.text[0] = '\0';
            }
            assert_int_equal(str.length, m.length);
            assert_memory_equal(eco_str_text(&str), m.text, m.length + 1);
            assert_true(str.room == 0 || str.length < str.room);
        }
        char *taken = NULL;
        assert_status(ctx, eco_str_take(&str, &taken), ECOPT_OK);
        assert_memory_equal(taken, m.text, m.length + 1);
        assert_int_equal(str.length, 0);
        eco_free(ctx, taken);
        eco_str_release(&str);
    }
    free(m.text);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

static ecopt_status build_text(ecopt_ctx *ctx, void *user)
{
    char *text = NULL;
    eco_str str = ECO_STR_INIT(ctx);
    (void)user;
    for (int i = 0; i < 300; i++)
        eco_str_addf(&str, "%d,", i);
    ecopt_status status = eco_str_take(&str, &text);
    if (status == ECOPT_OK)
        assert_int_equal(strlen(text), 10 * 2 + 90 * 3 + 200 * 4);
    eco_free(ctx, text);
    eco_str_release(&str);
    return status;
}

/* ---- arena ---- */

typedef struct block {
    unsigned char *bytes;
    size_t n;
    unsigned char mark;
} block;

static void test_arena_blocks_are_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    enum { BLOCKS = 400 };
    ecopt_ctx *ctx = eco_test_ctx();
    static block blocks[BLOCKS];
    for (int round = 0; round < 5; round++) {
        eco_arena arena = ECO_ARENA_INIT(ctx);
        for (size_t i = 0; i < BLOCKS; i++) {
            size_t n = below(50) == 0 ? 20000 + below(40000) : below(300);
            blocks[i] = (block){eco_arena_alloc(&arena, n, 1), n, (unsigned char)below(256)};
            assert_non_null(blocks[i].bytes);
            assert_int_equal((uintptr_t)blocks[i].bytes % 16, 0);
            for (size_t k = 0; k < n; k++)
                assert_int_equal(blocks[i].bytes[k], 0);
            memset(blocks[i].bytes, blocks[i].mark, n);
        }
        /* Had two overlapped, one mark would be gone. */
        for (size_t i = 0; i < BLOCKS; i++)
            for (size_t k = 0; k < blocks[i].n; k += 1 + k / 8)
                assert_int_equal(blocks[i].bytes[k], blocks[i].mark);
        eco_arena_release(&arena);
        assert_int_equal(eco_ctx_live_b(ctx), 0);
    }
    eco_arena arena = ECO_ARENA_INIT(ctx);
    assert_null(eco_arena_alloc(&arena, SIZE_MAX / 2, 3));
    assert_null(eco_arena_alloc(&arena, SIZE_MAX - 3, 1));
    assert_null(eco_arena_strdup(&arena, NULL));
    assert_string_equal(eco_arena_strndup(&arena, "abcdef", 3), "abc");
    eco_arena_release(&arena);
    eco_arena_release(&arena);
    ecopt_ctx_free(ctx);
}

static ecopt_status fill_arena(ecopt_ctx *ctx, void *user)
{
    (void)user;
    eco_arena arena = ECO_ARENA_INIT(ctx);
    ecopt_status status = ECOPT_OK;
    for (int i = 0; i < 40 && status == ECOPT_OK; i++)
        if (!eco_arena_alloc(&arena, 1, 3000))
            status = ECOPT_E_NOMEM;
    eco_arena_release(&arena);
    return status;
}

static void test_allocation_failures_leave_nothing(void **state)
{
    (void)state;
    eco_test_alloc_sweep(build_text, NULL);
    eco_test_alloc_sweep(fill_arena, NULL);
}

/* ---- rng ---- */

static int compare_u64(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

/* 40,000 numbers of 64 bits from streams that differ in one thing: two alike by chance once in
 * 2e10 runs. */
static void test_streams_never_meet(void **state)
{
    (void)state;
    enum { STREAMS = 100, EACH = 400 };
    static const eco_rng_stream purposes[] = {ECO_STREAM_RANDOM_POINT, ECO_STREAM_SOBOL_SCRAMBLE,
                                              ECO_STREAM_GP_START, ECO_STREAM_ACQ_START,
                                              ECO_STREAM_TRIAL_SEED};
    uint64_t *numbers = calloc(STREAMS * EACH, sizeof *numbers);
    size_t n = 0;
    for (uint64_t seed = 0; seed < 4; seed++)
        for (size_t k = 0; k < ECO_LEN(purposes); k++)
            for (uint64_t item = 0; item < 5; item++) {
                eco_rng one;
                eco_rng_init(&one, seed, purposes[k], item);
                for (int i = 0; i < EACH; i++)
                    numbers[n++] = eco_rng_u64(&one);
            }
    assert_int_equal(n, STREAMS * EACH);
    qsort(numbers, n, sizeof *numbers, compare_u64);
    for (size_t i = 1; i < n; i++)
        assert_true(numbers[i - 1] != numbers[i]);
    free(numbers);
}

/* Neighbouring streams are not alike in their bits either: about half of them differ. */
static void test_neighbouring_streams_differ_in_half_of_the_bits(void **state)
{
    (void)state;
    enum { N = 4000 };
    eco_rng a, b, c;
    eco_rng_init(&a, 7, ECO_STREAM_TEST, 1);
    eco_rng_init(&b, 7, ECO_STREAM_TEST, 2);
    eco_rng_init(&c, 8, ECO_STREAM_TEST, 1);
    int ab = 0, ac = 0;
    for (int i = 0; i < N; i++) {
        uint64_t x = eco_rng_u64(&a);
        ab += __builtin_popcountll(x ^ eco_rng_u64(&b));
        ac += __builtin_popcountll(x ^ eco_rng_u64(&c));
    }
    /* 256,000 fair coins: five standard deviations are 1,265. */
    assert_in_range(ab, 128000 - 1265, 128000 + 1265);
    assert_in_range(ac, 128000 - 1265, 128000 + 1265);
}

static void test_a_copied_stream_goes_on_alike(void **state)
{
    (void)state;
    eco_rng a;
    eco_rng_init(&a, 3, ECO_STREAM_TEST, 9);
    for (int i = 0; i < 50; i++) {
        eco_rng b = a;
        assert_true(eco_rng_u64(&a) == eco_rng_u64(&b));
        assert_true(eco_rng_normal(&a) == eco_rng_normal(&b));
        assert_memory_equal(&a, &b, sizeof a);
    }
}

static void test_below_is_even(void **state)
{
    (void)state;
    enum { DRAWS = 60000 };
    for (size_t n = 1; n <= 12; n++) {
        int counts[12] = {0};
        for (int i = 0; i < DRAWS; i++) {
            size_t k = below(n);
            assert_true(k < n);
            counts[k]++;
        }
        double expected = (double)DRAWS / (double)n;
        for (size_t k = 0; k < n; k++)
            assert_true(fabs(counts[k] - expected) <= 6 * sqrt(expected) || n == 1);
    }
    /* The largest range: rejection must not loop for ever. */
    assert_true(eco_rng_below(&rng, UINT64_MAX) < UINT64_MAX);
}

static void test_normal_has_its_moments(void **state)
{
    (void)state;
    enum { N = 100000 };
    double sum = 0, square = 0, fourth = 0;
    for (int i = 0; i < N; i++) {
        double z = eco_rng_normal(&rng);
        assert_true(isfinite(z));
        sum += z;
        square += z * z;
        fourth += z * z * z * z;
    }
    assert_close(sum / N, 0, 0, 5 / sqrt(N));
    assert_close(square / N, 1, 0, 5 * sqrt(2.0 / N));
    assert_close(fourth / N, 3, 0, 5 * sqrt(96.0 / N));
}

/* ---- numbers as text ---- */

static void test_doubles_read_back_to_the_same_bits(void **state)
{
    (void)state;
    for (int i = 0; i < 50000; i++) {
        union {
            uint64_t bits;
            double value;
        } number = {.bits = eco_rng_u64(&rng)};
        char text[ECO_DOUBLE_TEXT_B];
        double back = 0;
        eco_format_double(number.value, text);
        assert_true(strlen(text) < ECO_DOUBLE_TEXT_B);
        if (isnan(number.value)) {
            assert_string_equal(text, "nan");
            assert_false(eco_parse_double(text, &back));
            continue;
        }
        assert_true(eco_parse_double(text, &back));
        assert_memory_equal(&back, &number.value, sizeof back);
    }
}

static void test_integers_read_back_and_rubbish_does_not(void **state)
{
    (void)state;
    const char *const rubbish[] = {
        "", " 1", "1 ", "1.0", "0x10", "--1", "a", "1a", "\t1", "1e3", "9223372036854775808"};
    for (int i = 0; i < 20000; i++) {
        int64_t value = (int64_t)eco_rng_u64(&rng) >> below(64), back = 0;
        char text[32];
        (void)snprintf(text, sizeof text, "%lld", (long long)value);
        assert_true(eco_parse_int(text, &back));
        assert_true(back == value);
    }
    for (size_t i = 0; i < ECO_LEN(rubbish); i++) {
        int64_t kept = 77;
        if (eco_parse_int(rubbish[i], &kept))
            fail_msg("'%s' was taken for an integer", rubbish[i]);
        assert_int_equal(kept, 77);
    }
}

/* ---- did you mean ---- */

/* A word with one or two edits is found again among words that are far from it. */
static void test_a_typing_error_is_understood(void **state)
{
    (void)state;
    static const char *const words[] = {"accuracy", "learning_rate", "width",  "kernel",
                                        "momentum", "batch_size",    "epochs", "optimiser"};
    for (int i = 0; i < 4000; i++) {
        const char *word = words[below(ECO_LEN(words))];
        char typed[40];
        size_t n = strlen(word), at = below(n);
        memcpy(typed, word, n + 1);
        switch (below(3)) {
        case 0:
            typed[at] = 'Q';
            break;
        case 1:
            memmove(typed + at, typed + at + 1, n - at);
            break;
        default:
            memmove(typed + at + 1, typed + at, n - at + 1);
            typed[at] = 'Q';
            break;
        }
        const char *found = eco_closest_word(typed, words, ECO_LEN(words));
        if (found != word)
            fail_msg("'%s' for '%s' gave '%s'", typed, word, found ? found : "nothing");
    }
}

/* ---- files ---- */

static void test_files_come_back_byte_for_byte(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    char dir[256];
    eco_test_temp_dir(dir);
    char *path = eco_fs_join(ctx, dir, "file");
    for (int i = 0; i < 25; i++) {
        size_t n = i == 0 ? 0 : below(i % 5 == 0 ? 100000 : 5000), length = 1;
        char *bytes = calloc(1, n + 1), *back = NULL;
        for (size_t k = 0; k < n; k++)
            bytes[k] = (char)below(256);
        assert_status(ctx, eco_fs_write(ctx, path, bytes, n), ECOPT_OK);
        assert_status(ctx, eco_fs_read(ctx, path, n, &back, &length), ECOPT_OK);
        assert_int_equal(length, n);
        assert_memory_equal(back, bytes, n);
        assert_int_equal(back[n], 0);
        eco_free(ctx, back);
        if (n > 0) {
            back = NULL;
            assert_status(ctx, eco_fs_read(ctx, path, n - 1, &back, &length), ECOPT_E_LIMIT);
            assert_null(back);
        }
        free(bytes);
    }
    eco_free(ctx, path);
    eco_test_remove_dir(dir);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

/* The parts of a joined path come apart again. */
static void test_paths_join_and_split(void **state)
{
    (void)state;
    static const char *const folders[] = {"/", "a", "a/", "/a/b", "./x", "..", "/a b/c'd"};
    static const char *const names[] = {"f", "f.g", "with blank", "\xc3\xa9"};
    ecopt_ctx *ctx = eco_test_ctx();
    for (size_t i = 0; i < ECO_LEN(folders); i++)
        for (size_t k = 0; k < ECO_LEN(names); k++) {
            char *path = eco_fs_join(ctx, folders[i], names[k]);
            char *folder = eco_fs_dirname(ctx, path);
            char *again = eco_fs_join(ctx, folder, names[k]);
            assert_string_equal(again, path);
            assert_null(strstr(path, "//"));
            char *absolute = eco_fs_absolute(ctx, path);
            assert_int_equal(absolute[0], '/');
            assert_string_equal(absolute + strlen(absolute) - strlen(path), path);
            eco_free(ctx, absolute);
            eco_free(ctx, path);
            eco_free(ctx, folder);
            eco_free(ctx, again);
        }
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

static void test_a_failed_write_says_which_file_and_why(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    char dir[256];
    eco_test_temp_dir(dir);
    eco_test_write_file(dir, "file", "old");
    char *path = eco_fs_join(ctx, dir, "file"), *below_file = eco_fs_join(ctx, path, "x");
    char *missing = eco_fs_join(ctx, dir, "none/x");
    assert_status(ctx, eco_fs_write(ctx, dir, "new", 3), ECOPT_E_IO);
    assert_non_null(strstr(ecopt_ctx_errmsg(ctx), dir));
    assert_status(ctx, eco_fs_write(ctx, below_file, "new", 3), ECOPT_E_IO);
    assert_non_null(strstr(ecopt_ctx_errmsg(ctx), "file/x"));
    assert_status(ctx, eco_fs_write(ctx, missing, "new", 3), ECOPT_E_NOT_FOUND);
    assert_int_equal(eco_fs_write_all(-1, "x", 1), -1);
    /* A device that is always full. */
    if (access("/dev/full", W_OK) == 0) {
        assert_status(ctx, eco_fs_write(ctx, "/dev/full", "new", 3), ECOPT_E_IO);
        assert_non_null(strstr(ecopt_ctx_errmsg(ctx), "'/dev/full': No space left"));
    }
    assert_status(ctx, eco_fs_make_dirs(ctx, path), ECOPT_E_IO);
    assert_non_null(strstr(ecopt_ctx_errmsg(ctx), path));
    eco_free(ctx, path);
    eco_free(ctx, below_file);
    eco_free(ctx, missing);
    eco_test_remove_dir(dir);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const char *given = getenv("ECOPT_TEST_SEED");
    int64_t seed = 1;
    if (given && !eco_parse_int(given, &seed))
        return 1;
    print_message("seed %lld (ECOPT_TEST_SEED)\n", (long long)seed);
    eco_rng_init(&rng, (uint64_t)seed, ECO_STREAM_TEST, 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_buffer_holds_what_was_appended),
        cmocka_unit_test(test_arena_blocks_are_zeroed_aligned_and_apart),
        cmocka_unit_test(test_allocation_failures_leave_nothing),
        cmocka_unit_test(test_streams_never_meet),
        cmocka_unit_test(test_neighbouring_streams_differ_in_half_of_the_bits),
        cmocka_unit_test(test_a_copied_stream_goes_on_alike),
        cmocka_unit_test(test_below_is_even),
        cmocka_unit_test(test_normal_has_its_moments),
        cmocka_unit_test(test_doubles_read_back_to_the_same_bits),
        cmocka_unit_test(test_integers_read_back_and_rubbish_does_not),
        cmocka_unit_test(test_a_typing_error_is_understood),
        cmocka_unit_test(test_files_come_back_byte_for_byte),
        cmocka_unit_test(test_paths_join_and_split),
        cmocka_unit_test(test_a_failed_write_says_which_file_and_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
