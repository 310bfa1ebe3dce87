/*
 * ecopt doctor: the energy sources of this machine, and what would mend them.
 *
 * Says nothing of its own about hardware: the library describes its sources, found or not, each
 * with the reason and the remedy.
 */
#include "commands.h"
#include "limits_report.h"
#include "message.h"
#include "output.h"

#include <ecopt/meter.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One word for what is found, readable and used, in that order of need. Spare is what works but is
 * not counted, as another source covers the same hardware or the options leave it out; denied is
 * what is there and cannot be read. */
static const char *state_of(const ecopt_source_info *info)
{
    if (info->is_used)
        return "used";
    if (info->is_readable)
        return "spare";
    return info->is_found ? "denied" : "absent";
}

/* Weakest label of what is used; UNMEASURABLE when nothing is. As a run would label its totals: a
 * sum claims no more than its weakest part. */
static ecopt_quality overall(const ecopt_source_info *infos, size_t n)
{
    ecopt_quality quality = ECOPT_QUALITY_MEASURED_WALL;
    bool is_any = false;
    for (size_t i = 0; i < n; i++) {
        if (!infos[i].is_used)
            continue;
        is_any = true;
        if (infos[i].quality > quality)
            quality = infos[i].quality;
    }
    return is_any ? quality : ECOPT_QUALITY_UNMEASURABLE;
}

/* A quantity with its unit, "-" when it is not known or does not apply. */
static void write_quantity(FILE *file, double value, const char *const units[3])
{
    char text[32] = "-";
    int k = value < 1e-3 ? 2 : value < 1 ? 1 : 0;
    if (isfinite(value))
        (void)snprintf(text, sizeof text, "%.3g %s", value * pow(1e3, k), units[k]);
    fprintf(file, " %-10s", text);
}

/* Of what can be read: how often it changes, as seen just now and as its makers say, its smallest
 * step, and where it starts again. */
static void write_readings(FILE *file, const ecopt_source_info *infos, size_t n)
{
    static const char *const TIMES[] = {"s", "ms", "us"}, *const JOULES[] = {"J", "mJ", "uJ"};
    bool is_titled = false;
    for (size_t i = 0; i < n; i++) {
        if (!infos[i].is_readable || infos[i].quality > ECOPT_QUALITY_MEASURED_SAMPLED)
            continue;
        if (!is_titled)
            fprintf(file, "\n%-24s %-10s %-10s %-10s %s\n", "reads", "changes", "nominal", "step",
                    "starts again");
        is_titled = true;
        fprintf(file, "%-24s", infos[i].name);
        write_quantity(file, infos[i].measured_period_s, TIMES);
        write_quantity(file, infos[i].update_period_s, TIMES);
        write_quantity(file, infos[i].unit_j, JOULES);
        if (isfinite(infos[i].range_j))
            fprintf(file, " after %.6g J\n", infos[i].range_j);
        else
            fputs(" never\n", file);
    }
}

/* What is there and closed, one by one; what is not there, in one line, as most of it cannot be had
 * for one machine anyway. */
static void write_remedies(FILE *file, const ecopt_source_info *infos, size_t n, bool is_verbose)
{
    bool is_titled = false;
    size_t n_absent = 0;
    for (size_t i = 0; i < n; i++) {
        if (infos[i].remedy[0] == '\0')
            continue;
        if (!infos[i].is_found && !is_verbose) {
            n_absent++;
            continue;
        }
        if (!is_titled)
            fputs("\nwhat would mend it\n", file);
        is_titled = true;
        fprintf(file, "  %s: %s\n", infos[i].name, infos[i].remedy);
    }
    if (n_absent == 0)
        return;
    fputs("\nnot there:", file);
    const char *before = " ";
    for (size_t i = 0; i < n; i++) {
        if (infos[i].remedy[0] == '\0' || infos[i].is_found)
            continue;
        fprintf(file, "%s%s", before, infos[i].name);
        before = ", ";
    }
    fputs("\n  ecopt doctor --verbose says what each of them would need\n", file);
}

/* Sources first, then only the remedies that are needed, then what it comes to. Remedies stand
 * apart from the table because they are whole sentences and mostly commands to copy. */
static void write_table(FILE *file, const ecopt_source_info *infos, size_t n, bool is_verbose)
{
    fprintf(file, "%-24s %-7s %-20s %s\n", "source", "state", "quality", "why");
    for (size_t i = 0; i < n; i++)
        fprintf(file, "%-24s %-7s %-20s %s\n", infos[i].name, state_of(&infos[i]),
                ecopt_quality_name(infos[i].quality), infos[i].reason);
    write_readings(file, infos, n);
    write_remedies(file, infos, n, is_verbose);
    ecopt_quality quality = overall(infos, n);
    fprintf(file, "\nenergy here is: %s\n", ecopt_quality_name(quality));
    if (quality == ECOPT_QUALITY_MODELLED_GENERIC)
        fputs("  an estimate from processor time with a wide band; good for comparing trials on\n"
              "  this machine, not for absolute numbers\n",
              file);
    if (quality == ECOPT_QUALITY_UNMEASURABLE)
        fputs("  no source can be used\n", file);
}

/* The same facts with the numbers that a table has no room for. Every source has all of the keys,
 * so that a program need not ask which are there. */
static void write_json(FILE *file, const ecopt_source_info *infos, size_t n)
{
    fputs("{\"quality\": ", file);
    cli_json_string(file, ecopt_quality_name(overall(infos, n)));
    fputs(", \"sources\": [", file);
    for (size_t i = 0; i < n; i++) {
        const ecopt_source_info *info = &infos[i];
        fputs(i > 0 ? ",\n  {\"name\": " : "\n  {\"name\": ", file);
        cli_json_string(file, info->name);
        fputs(", \"kind\": ", file);
        cli_json_string(file, info->kind);
        fprintf(file, ", \"found\": %s, \"readable\": %s, \"used\": %s, \"quality\": \"%s\"",
                info->is_found ? "true" : "false", info->is_readable ? "true" : "false",
                info->is_used ? "true" : "false", ecopt_quality_name(info->quality));
        fputs(", \"update_period_s\": ", file);
        cli_json_number(file, info->update_period_s);
        fputs(", \"measured_period_s\": ", file);
        cli_json_number(file, info->measured_period_s);
        fputs(", \"unit_j\": ", file);
        cli_json_number(file, info->unit_j);
        fputs(", \"range_j\": ", file);
        cli_json_number(file, info->range_j);
        fputs(", \"reason\": ", file);
        cli_json_string(file, info->reason);
        fputs(", \"remedy\": ", file);
        cli_json_string(file, info->remedy);
        fputc('}', file);
    }
    fputs("\n], \"limits\": ", file);
}

/* Exit 6 when what is there is weaker than --require; opening the meter is the test. Describing
 * does not judge. The meter does it with the same options as a run, so both come to the same
 * answer. */
static int check_requirement(cli_state *cli, const ecopt_meter_options *options)
{
    ecopt_meter *meter = NULL;
    ecopt_status status = ecopt_meter_open(cli->ctx, options, &meter);
    (void)ecopt_meter_close(meter);
    return status == ECOPT_OK ? CLI_EXIT_OK : cli_fail(cli, status);
}

/* The table is written before the requirement is judged: who is refused wants to see why. Memory
 * and stream have one way out, as each step can fail with both in hand. */
int cmd_doctor(cli_state *cli, const cli_args *args)
{
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = cli_args_text(args, "sources");
    options.require = cli_args_text(args, "require");
    options.total = cli_args_text(args, "total");
    options.system_root = cli->system_root;
    options.nvml_path = cli->nvml_path;
    options.calibration_path = cli->calibration_path;
    ecopt_source_info *infos = calloc(ECOPT_SOURCE_INFO_MAX, sizeof *infos);
    char *text = NULL;
    size_t length = 0, n = 0;
    FILE *file = open_memstream(&text, &length);
    int code = CLI_EXIT_ERROR;
    if (!infos || !file) {
        cli_error(cli, "out of memory");
        goto done;
    }
    ecopt_status status = ecopt_meter_describe(cli->ctx, &options, infos, &n);
    if (status != ECOPT_OK) {
        code = cli_fail(cli, status);
        goto done;
    }
    bool is_json = cli_args_has(args, "json");
    if (is_json)
        write_json(file, infos, n);
    else
        write_table(file, infos, n, cli->is_verbose);
    code = is_json ? cli_write_limits_json(cli, file) : cli_write_limits(cli, file);
    if (code != CLI_EXIT_OK)
        goto done;
    fputs(is_json ? "}\n" : "", file);
    /* Flushed, not closed: the stream is closed at the one way out, and the text is whole after
     * this. */
    code = CLI_EXIT_ERROR;
    if (fflush(file) == 0)
        code = cli_write_result(cli, args, text);
    if (code == CLI_EXIT_OK && options.require)
        code = check_requirement(cli, &options);
done:
    if (file)
        (void)fclose(file);
    free(text);
    free(infos);
    return code;
}
