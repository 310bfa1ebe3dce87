/*
 * ecopt calibrate: measures idle, 30, 60 and 100 % load once, for times without a meter.
 */
#include "calibration_path.h"
#include "commands.h"
#include "exit_code.h"
#include "message.h"

#include <ecopt/calibrate.h>
#include <stdio.h>

/* Where the points are shown; the title comes with the first, as there may be none. */
typedef struct table {
    bool is_quiet, is_titled;
} table;

static void show_point(void *user, const ecopt_calibrate_point *point)
{
    table *shown = user;
    if (shown->is_quiet)
        return;
    if (!shown->is_titled)
        puts(" load      power");
    shown->is_titled = true;
    printf("%5.0f %%   %8.2f W +- %.2f   %d windows\n", 100 * point->load, point->power_w,
           point->u95_w, point->n_windows);
    (void)fflush(stdout);
}

int cmd_calibrate(cli_state *cli, const cli_args *args)
{
    char room[CLI_CALIBRATION_PATH_B];
    ecopt_meter_options meter = ECOPT_METER_OPTIONS_INIT;
    meter.sources = cli_args_text(args, "sources");
    meter.require = cli_args_text(args, "require");
    meter.system_root = cli->system_root;
    meter.nvml_path = cli->nvml_path;
    ecopt_calibrate_options options = ECOPT_CALIBRATE_OPTIONS_INIT;
    options.meter = &meter;
    options.time_s = cli_args_time_s(args, "time", 0);
    options.path = cli_args_text(args, "output");
    options.progress = show_point;
    table shown = {.is_quiet = cli->is_quiet};
    options.user = &shown;
    if (!options.path)
        options.path = cli_calibration_to_write(room);
    if (!options.path) {
        cli_error(cli, "there is no home folder to keep the calibration in");
        cli_hint(cli, "name a file: -o FILE");
        return CLI_EXIT_USAGE;
    }
    ecopt_status status = ecopt_calibrate(cli->ctx, &options);
    if (status != ECOPT_OK)
        return cli_fail(cli, status);
    cli_note(cli, "written to '%s'; without a meter this curve is used from now on", options.path);
    return CLI_EXIT_OK;
}
