#include "support/eco_test.h"

#include "meter/handle.h"
#include "support/fake_meter.h"
#include "support/fakesys.h"

#include <stdlib.h>
#include <sys/stat.h>

/* The real runner under a virtual clock, and a stand-in for sstat in PATH. */
typedef struct world {
    eco_fake fake;
    ecopt_ctx *ctx;
    char path[2048];
} world;

static int run_for_real(eco_fake *fake, const eco_spawn_request *request, char *out, size_t room_b)
{
    return fake->real.run(NULL, request, out, room_b);
}

static void put_sstat(world *w, const char *lines)
{
    char text[600], path[300];
    (void)snprintf(text, sizeof text, "#!/bin/sh\n%s\n", lines);
    eco_test_write_file(w->fake.root, "bin/sstat", text);
    (void)snprintf(path, sizeof path, "%s/bin/sstat", w->fake.root);
    assert_int_equal(chmod(path, 0755), 0);
}

static void begin_world(world *w)
{
    const char *old = getenv("PATH");
    w->ctx = eco_test_ctx();
    eco_fake_init(&w->fake);
    eco_fake_add_zone(&w->fake, "intel-rapl:0", "package-0", 262143328850u, 10);
    w->fake.execute = run_for_real;
    (void)snprintf(w->path, sizeof w->path, "%s", old ? old : "/bin:/usr/bin");
    char path[2400];
    (void)snprintf(path, sizeof path, "%s/bin:%s", w->fake.root, w->path);
    (void)setenv("PATH", path, 1);
    (void)setenv("SLURM_JOB_ID", "4711", 1);
    (void)unsetenv("SLURM_STEP_ID");
}

static void end_world(world *w)
{
    (void)setenv("PATH", w->path, 1);
    (void)unsetenv("SLURM_JOB_ID");
    (void)unsetenv("SLURM_STEP_ID");
    assert_int_equal(eco_ctx_live_b(w->ctx), 0);
    eco_fake_release(&w->fake);
    ecopt_ctx_free(w->ctx);
}

static ecopt_status open_meter(world *w, ecopt_meter **meter)
{
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = "rapl-powercap,slurm";
    return eco_meter_open_on(w->ctx, &options, &w->fake.io, false, meter);
}

/* What Slurm says stands beside the total and never in it. */
static void test_the_account_is_shown_and_not_added(void **state)
{
    (void)state;
    static world w;
    static ecopt_energy e;
    ecopt_meter *meter = NULL;
    ecopt_window *window = NULL;
    begin_world(&w);
    put_sstat(&w, "echo \"$*\" >$(dirname $0)/args; cat $(dirname $0)/joules");
    eco_test_write_file(w.fake.root, "bin/joules", "1000\n");
    assert_status(w.ctx, open_meter(&w, &meter), ECOPT_OK);
    assert_status(w.ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    for (int i = 1; i <= 10; i++) {
        char text[32];
        (void)snprintf(text, sizeof text, "%d\n", 1000 + 1600 * i);
        eco_fake_advance(&w.fake, 40);
        eco_test_write_file(w.fake.root, "bin/joules", text);
        eco_meter_sample(meter);
    }
    assert_status(w.ctx, ecopt_meter_end(meter, window, 1, &e), ECOPT_OK);
    assert_close(e.energy_j, 4000, 1e-6, 0);
    const ecopt_source_energy *part = fake_meter_part(&e, "slurm step 4711.batch");
    assert_false(part->is_counted);
    /* Asked a moment behind the end. */
    assert_close(part->energy_j, 16000, 1e-6, 0);
    /* One update in 30 s of 40 W may be missing at an end. */
    assert_true(part->u95_j > 0.9 * 30 * 40);
    char line[200] = "", path[300];
    (void)snprintf(path, sizeof path, "%s/bin/args", w.fake.root);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    (void)fclose(file);
    assert_string_equal(line, "--noheader --parsable2 --format=ConsumedEnergyRaw -j 4711.batch\n");
    assert_status(w.ctx, ecopt_meter_close(meter), ECOPT_OK);
    end_world(&w);
}

static void test_a_numbered_step_is_asked_for_by_number(void **state)
{
    (void)state;
    static world w;
    ecopt_meter *meter = NULL;
    size_t n;
    begin_world(&w);
    (void)setenv("SLURM_STEP_ID", "3", 1);
    put_sstat(&w, "echo; echo 77");
    assert_status(w.ctx, open_meter(&w, &meter), ECOPT_OK);
    const ecopt_source_info *infos = ecopt_meter_infos(meter, &n);
    assert_string_equal(infos[n - 1].name, "slurm step 4711.3");
    assert_status(w.ctx, ecopt_meter_close(meter), ECOPT_OK);
    end_world(&w);
}

static void test_what_can_go_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *lines, *reason;
    } cases[] = {
        {"exit 1", "sstat fails"},
        {"echo '4711.batch|12K'", "what sstat prints is no number"},
        {":", "no energy is accounted for it"},
        {"echo 18446744073709551614", "no energy is accounted for it"},
        {"yes", "Message too long"},
    };
    static world w;
    ecopt_meter *meter = NULL;
    begin_world(&w);
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        put_sstat(&w, cases[i].lines);
        assert_status(w.ctx, open_meter(&w, &meter), ECOPT_E_METER_NONE);
        assert_non_null(strstr(ecopt_ctx_errmsg(w.ctx), cases[i].reason));
    }
    (void)setenv("PATH", w.fake.root, 1);
    assert_status(w.ctx, open_meter(&w, &meter), ECOPT_E_METER_NONE);
    assert_non_null(strstr(ecopt_ctx_errmsg(w.ctx), "sstat is not in PATH"));
    /* A job number that is none is not handed to a program. */
    (void)setenv("SLURM_JOB_ID", "1; rm -r x", 1);
    assert_status(w.ctx, open_meter(&w, &meter), ECOPT_E_METER_NONE);
    assert_non_null(strstr(ecopt_ctx_errmsg(w.ctx), "this is not a Slurm job"));
    (void)unsetenv("SLURM_JOB_ID");
    assert_status(w.ctx, open_meter(&w, &meter), ECOPT_E_METER_NONE);
    assert_non_null(strstr(ecopt_ctx_errhint(w.ctx), "sbatch"));
    end_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_account_is_shown_and_not_added),
        cmocka_unit_test(test_a_numbered_step_is_asked_for_by_number),
        cmocka_unit_test(test_what_can_go_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
