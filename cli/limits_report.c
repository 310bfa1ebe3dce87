/*
 * The library says what can be kept and why not; here it is only laid out.
 */
#include "limits_report.h"

#include "message.h"
#include "output.h"
#include "quantity.h"

#include <ecopt/process.h>
#include <string.h>

int cli_write_limits(cli_state *cli, FILE *file)
{
    ecopt_limit_info infos[ECOPT_LIMITS_N];
    ecopt_status status = ecopt_limits_describe(cli->ctx, cli->system_root, infos);
    if (status != ECOPT_OK)
        return cli_fail(cli, status);
    fputs("\nlimits of trials (resources)\n", file);
    for (size_t i = 0; i < ECOPT_LIMITS_N; i++) {
        fprintf(file, "  %-7s %-4s %s\n", infos[i].name, infos[i].is_kept ? "yes" : "no",
                infos[i].how);
        /* One remedy for all that it mends. */
        if (infos[i].remedy[0] && (i == 0 || strcmp(infos[i].remedy, infos[i - 1].remedy) != 0))
            fprintf(file, "               %s\n", infos[i].remedy);
    }
    return CLI_EXIT_OK;
}

int cli_write_limits_json(cli_state *cli, FILE *file)
{
    ecopt_limit_info infos[ECOPT_LIMITS_N];
    ecopt_status status = ecopt_limits_describe(cli->ctx, cli->system_root, infos);
    if (status != ECOPT_OK)
        return cli_fail(cli, status);
    for (size_t i = 0; i < ECOPT_LIMITS_N; i++) {
        fputs(i > 0 ? ",\n  {\"name\": " : "[\n  {\"name\": ", file);
        cli_json_string(file, infos[i].name);
        fprintf(file, ", \"kept\": %s, \"how\": ", infos[i].is_kept ? "true" : "false");
        cli_json_string(file, infos[i].how);
        fputs(", \"remedy\": ", file);
        cli_json_string(file, infos[i].remedy);
        fputc('}', file);
    }
    fputs("\n]", file);
    return CLI_EXIT_OK;
}

/* `memory 4 GB, kept`; a limit that nobody asked for is not worth a word. */
static void write_one(FILE *file, const char *value, const ecopt_limit_info *info)
{
    fprintf(file, "  %s %s, %s%s\n", info->name, value,
            info->is_kept ? "kept by " : "not kept: ", info->how);
}

/* "kept by 2 may be used" would be no sentence: CPUs have words of their own. */
int cli_write_resources(cli_state *cli, const ecopt_definition *definition, FILE *file)
{
    const ecopt_resources *resources = &definition->resources;
    ecopt_limit_info infos[ECOPT_LIMITS_N];
    char text[CLI_QUANTITY_B];
    if (!(resources->memory_b > 0) && resources->pids == 0 && resources->cpus == 0 &&
        resources->gpus == 0)
        return CLI_EXIT_OK;
    ecopt_status status = ecopt_limits_describe(cli->ctx, cli->system_root, infos);
    if (status != ECOPT_OK)
        return cli_fail(cli, status);
    fprintf(file, "\nlimits of trials here%s\n", resources->is_required ? ", required" : "");
    if (resources->memory_b > 0) {
        (void)snprintf(text, sizeof text, "%.4g MB", resources->memory_b * 1e-6);
        write_one(file, text, &infos[0]);
    }
    if (resources->pids > 0) {
        (void)snprintf(text, sizeof text, "%lld", (long long)resources->pids);
        write_one(file, text, &infos[1]);
    }
    if (resources->gpus > 0)
        fprintf(file, "  gpus %lld: as CUDA_VISIBLE_DEVICES says when it is run\n",
                (long long)resources->gpus);
    if (resources->cpus > 0)
        fprintf(file, "  cpus %lld: %s\n", (long long)resources->cpus, infos[2].how);
    return CLI_EXIT_OK;
}
