/*
 * ecopt calibrate: measures idle, 30, 60 and 100 % load once, for times without a meter.
 */
#include "calibration_path.h"
#include "commands.h"
#include "exit_code.h"
#include "message.h"

#include <ecopt/calibrate.h>
#include <math.h>
#include <stdio.h>

static void show_point(void *user, const ecopt_calibrate_point *point)
{
    cli_state *cli = user;
    if (!cli->is_quiet)
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
    options.user = cli;
    if (!options.path)
        options.path = cli_calibration_to_write(room);
    if (!options.path) {
        cli_error(cli, "there is no home folder to keep the calibration in");
        cli_hint(cli, "name a file: -o FILE");
        return CLI_EXIT_USAGE;
    }
    if (!cli->is_quiet)
        puts(" load      power           ");
    ecopt_status status = ecopt_calibrate(cli->ctx, &options);
    if (status != ECOPT_OK)
        return cli_fail(cli, status);
    cli_note(cli, "written to '%s'; without a meter this curve is used from now on", options.path);
    return CLI_EXIT_OK;
}
