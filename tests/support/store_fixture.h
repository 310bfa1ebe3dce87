/*
 * A store of one study in a folder of its own, for tests of src/store.
 *
 * Each test gets a fresh fixture by set_up; tear_down checks that no block is left.
 */
#ifndef ECO_STORE_FIXTURE_H
#define ECO_STORE_FIXTURE_H

#include "support/eco_test.h"

#include "core/fs.h"
#include "store/store.h"

#include <stdlib.h>

typedef struct fixture {
    ecopt_ctx *ctx;
    char dir[256];
    char *path;
    eco_store *store;
} fixture;

static const eco_study_row study_row = {.name = "s",
                                        .definition = "study: s\n",
                                        .identity = "name: s\n",
                                        .seed = UINT64_MAX - 3,
                                        .version = "0.0",
                                        .host = "{}",
                                        .created_s = 12.5};

static inline int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->ctx = eco_test_ctx();
    eco_test_temp_dir(f->dir);
    f->path = eco_fs_join(f->ctx, f->dir, "study.db");
    assert_status(f->ctx, eco_store_open(f->ctx, f->path, ECO_STORE_CREATE, &f->store), ECOPT_OK);
    assert_status(f->ctx, eco_store_create_study(f->store, &study_row), ECOPT_OK);
    *state = f;
    return 0;
}

static inline int tear_down(void **state)
{
    fixture *f = *state;
    assert_int_equal(eco_store_close(f->store), ECOPT_OK);
    eco_test_remove_dir(f->dir);
    eco_free(f->ctx, f->path);
    assert_int_equal(eco_ctx_live_b(f->ctx), 0);
    ecopt_ctx_free(f->ctx);
    free(f);
    return 0;
}

static inline int64_t add(fixture *f, const char *point)
{
    int64_t trial = 0;
    assert_status(f->ctx, eco_store_add_trial(f->store, point, "sobol", 77, 1.5, &trial), ECOPT_OK);
    return trial;
}

static inline int64_t claim(fixture *f, int64_t trial, eco_owner owner)
{
    int64_t got = 0, attempt = 0;
    assert_status(f->ctx, eco_store_claim(f->store, trial, owner, 2.5, &got, &attempt), ECOPT_OK);
    if (trial > 0)
        assert_int_equal(got, trial);
    return attempt;
}

static inline ecopt_snapshot *snapshot(fixture *f)
{
    ecopt_snapshot *view = NULL;
    assert_status(f->ctx, eco_store_snapshot(f->store, &view), ECOPT_OK);
    return view;
}

#endif
