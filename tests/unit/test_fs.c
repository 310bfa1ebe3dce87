#include "core/fs.h"
#include "support/eco_test.h"

#include <sys/stat.h>
#include <unistd.h>

typedef struct fixture {
    ecopt_ctx *ctx;
    char dir[256];
} fixture;

static int set_up(void **state)
{
    static fixture f;
    f.ctx = eco_test_ctx();
    eco_test_temp_dir(f.dir);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    eco_test_remove_dir(f->dir);
    ecopt_ctx_free(f->ctx);
    return 0;
}

static char *in_dir(fixture *f, const char *name)
{
    char *path = eco_fs_join(f->ctx, f->dir, name);
    assert_non_null(path);
    return path;
}

static void test_write_then_read_back(void **state)
{
    fixture *f = *state;
    char *path = in_dir(f, "a.txt");
    assert_status(f->ctx, eco_fs_write(f->ctx, path, "one\0two", 7), ECOPT_OK);
    char *text = NULL;
    size_t n = 0;
    assert_status(f->ctx, eco_fs_read(f->ctx, path, 7, &text, &n), ECOPT_OK);
    assert_int_equal(n, 7);
    assert_memory_equal(text, "one\0two", 8);
    eco_free(f->ctx, text);
    text = NULL;
    assert_status(f->ctx, eco_fs_read(f->ctx, path, 6, &text, &n), ECOPT_E_LIMIT);
    assert_null(text);
    eco_free(f->ctx, path);
}

/* The old contents stay until the new ones are complete, and nothing is left beside them. */
static void test_replace(void **state)
{
    fixture *f = *state;
    char *path = in_dir(f, "list"), *aside = in_dir(f, "list.new"), *text = NULL;
    char *missing = in_dir(f, "no/list");
    assert_status(f->ctx, eco_fs_replace(f->ctx, path, "one", 3), ECOPT_OK);
    assert_status(f->ctx, eco_fs_replace(f->ctx, path, "a longer one", 12), ECOPT_OK);
    assert_status(f->ctx, eco_fs_read(f->ctx, path, 100, &text, NULL), ECOPT_OK);
    assert_string_equal(text, "a longer one");
    assert_int_not_equal(access(aside, F_OK), 0);
    assert_status(f->ctx, eco_fs_replace(f->ctx, missing, "x", 1), ECOPT_E_NOT_FOUND);
    /* Something that cannot be replaced: the file beside it goes again. */
    assert_int_equal(remove(path), 0);
    assert_int_equal(mkdir(path, 0777), 0);
    assert_status(f->ctx, eco_fs_replace(f->ctx, path, "x", 1), ECOPT_E_IO);
    assert_int_not_equal(access(aside, F_OK), 0);
    eco_free(f->ctx, text);
    eco_free(f->ctx, path);
    eco_free(f->ctx, aside);
    eco_free(f->ctx, missing);
}

static void test_failures_name_path_and_cause(void **state)
{
    fixture *f = *state;
    char *missing = in_dir(f, "none/x");
    char *text = NULL;
    assert_status(f->ctx, eco_fs_read(f->ctx, missing, 10, &text, NULL), ECOPT_E_NOT_FOUND);
    assert_non_null(strstr(ecopt_ctx_errmsg(f->ctx), missing));
    assert_non_null(strstr(ecopt_ctx_errmsg(f->ctx), "No such file"));
    assert_status(f->ctx, eco_fs_write(f->ctx, missing, "x", 1), ECOPT_E_NOT_FOUND);
    assert_status(f->ctx, eco_fs_read(f->ctx, f->dir, 10, &text, NULL), ECOPT_E_IO);
    assert_null(text);
    eco_free(f->ctx, missing);
}

static void test_full_device(void **state)
{
    fixture *f = *state;
    char *path = in_dir(f, "full");
    assert_int_equal(symlink("/dev/full", path), 0);
    assert_status(f->ctx, eco_fs_write(f->ctx, path, "new", 3), ECOPT_E_IO);
    assert_non_null(strstr(ecopt_ctx_errmsg(f->ctx), path));
    assert_non_null(strstr(ecopt_ctx_errmsg(f->ctx), "No space left"));
    eco_free(f->ctx, path);
}

static void test_write_replaces_what_was_longer(void **state)
{
    fixture *f = *state;
    char *path = in_dir(f, "kept"), *text = NULL;
    assert_status(f->ctx, eco_fs_write(f->ctx, path, "a long text", 11), ECOPT_OK);
    assert_status(f->ctx, eco_fs_write(f->ctx, path, "new", 3), ECOPT_OK);
    assert_status(f->ctx, eco_fs_read(f->ctx, path, 100, &text, NULL), ECOPT_OK);
    assert_string_equal(text, "new");
    eco_free(f->ctx, text);
    eco_free(f->ctx, path);
}

static void test_make_dirs_is_idempotent(void **state)
{
    fixture *f = *state;
    char *deep = in_dir(f, "x/y/z");
    struct stat info;
    assert_status(f->ctx, eco_fs_make_dirs(f->ctx, deep), ECOPT_OK);
    assert_status(f->ctx, eco_fs_make_dirs(f->ctx, deep), ECOPT_OK);
    assert_int_equal(stat(deep, &info), 0);
    assert_true(S_ISDIR(info.st_mode));
    char *file = in_dir(f, "x/file");
    assert_status(f->ctx, eco_fs_write(f->ctx, file, "", 0), ECOPT_OK);
    assert_status(f->ctx, eco_fs_make_dirs(f->ctx, file), ECOPT_E_IO);
    eco_free(f->ctx, file);
    eco_free(f->ctx, deep);
}

static void check_path(ecopt_ctx *ctx, char *got, const char *expected)
{
    assert_string_equal(got, expected);
    eco_free(ctx, got);
}

static void test_path_arithmetic(void **state)
{
    fixture *f = *state;
    check_path(f->ctx, eco_fs_join(f->ctx, "a", "b"), "a/b");
    check_path(f->ctx, eco_fs_join(f->ctx, "a/", "b"), "a/b");
    check_path(f->ctx, eco_fs_join(f->ctx, "a", "/b"), "/b");
    check_path(f->ctx, eco_fs_join(f->ctx, "", "b"), "b");
    check_path(f->ctx, eco_fs_dirname(f->ctx, "a/b/c"), "a/b");
    check_path(f->ctx, eco_fs_dirname(f->ctx, "c"), ".");
    check_path(f->ctx, eco_fs_dirname(f->ctx, "/c"), "/");
    check_path(f->ctx, eco_fs_absolute(f->ctx, "/a"), "/a");
    char here[512];
    assert_non_null(getcwd(here, sizeof here));
    check_path(f->ctx, eco_fs_absolute(f->ctx, "."), here);
}

static ecopt_status read_source(ecopt_ctx *ctx, void *user)
{
    char *text = NULL;
    ecopt_status status = eco_fs_read(ctx, user, 1 << 20, &text, NULL);
    eco_free(ctx, text);
    return status;
}

static void test_read_survives_allocation_failures(void **state)
{
    fixture *f = *state;
    char *path = in_dir(f, "long");
    char *bytes = eco_alloc(f->ctx, 10000, 1);
    assert_status(f->ctx, eco_fs_write(f->ctx, path, bytes, 10000), ECOPT_OK);
    eco_test_alloc_sweep(read_source, path);
    eco_free(f->ctx, bytes);
    eco_free(f->ctx, path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_write_then_read_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_replace, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_failures_name_path_and_cause, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_full_device, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_write_replaces_what_was_longer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_make_dirs_is_idempotent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_path_arithmetic, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_read_survives_allocation_failures, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
