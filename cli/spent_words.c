/*
 * The same arithmetic as that of the budgets, so that a run ends where the line says it does.
 */
#include "spent_words.h"

#include "quantity.h"

#include <ecopt/units.h>
#include <math.h>

/* The limit is printed as the file has it, what was spent to three digits. */
static void write_one(FILE *file, const char *separator, double spent, double limit,
                      const char *unit)
{
    char text[CLI_QUANTITY_B];
    if (!(limit > 0) || !isfinite(limit))
        return;
    cli_format_number(spent, 3, text);
    fprintf(file, "%s%s of %.10g %s", separator, text, limit, unit);
}

/* PUE is in both, as in the sums that the budgets are compared with. NaN joules give NaN grams,
 * which are written as a question mark. */
void cli_write_converted(FILE *file, const ecopt_definition *definition, const char *separator,
                         double spent_energy_j)
{
    const ecopt_carbon *carbon = &definition->carbon;
    double kwh = ecopt_kwh_from_j(spent_energy_j) * carbon->pue;
    write_one(file, separator, kwh * carbon->intensity_g_per_kwh, definition->budget.carbon_g, "g");
    write_one(file, separator, kwh * carbon->price_per_kwh, definition->budget.money,
              carbon->currency ? carbon->currency : "");
}
