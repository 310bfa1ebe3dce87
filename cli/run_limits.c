/* Flags win over the file. */
#include "run_limits.h"

/* The texts point into argv, which outlives the run. Only the copy's own fields are set: what both
 * share belongs to the original. */
void cli_run_limits(const cli_args *args, ecopt_definition *definition)
{
    ecopt_budget *budget = &definition->budget;
    budget->trials = cli_args_count(args, "trials", budget->trials);
    budget->time_s = cli_args_time_s(args, "time", budget->time_s);
    budget->energy_j = cli_args_energy_j(args, "energy", budget->energy_j);
    if (cli_args_has(args, "sources"))
        definition->meter.sources = cli_args_text(args, "sources");
    if (cli_args_has(args, "require"))
        definition->meter.require = cli_args_text(args, "require");
    if (cli_args_has(args, "total"))
        definition->meter.total = cli_args_text(args, "total");
}
