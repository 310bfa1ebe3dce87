/*
 * "What it took and what it saves": the ledger on the page.
 *
 * Figures and words are those of `ecopt analyse impact`, so that the page and the command cannot
 * differ.
 */
#include "report/clean.h"
#include "report/html.h"
#include "report/impact_rows.h"
#include "report/rows.h"

#include <math.h>

/* A sum that nothing was added to would read as 0 J. */
static bool has_spent(const eco_ledger *ledger, const ecopt_snapshot *snapshot)
{
    return ledger->summary->n_phases > 0 || ledger->told_j > 0 || snapshot->n_unmetered > 0 ||
           snapshot->own.n > 0;
}

static ecopt_status add_spent(const eco_page *page, const eco_ledger *ledger, eco_str *str)
{
    eco_impact_rows rows = {.str = str, .add = eco_html_add_pair};
    eco_table *table = NULL;
    if (page->summary->n_phases > 0) {
        ECO_TRY(eco_rows_phases(page->ctx, page->summary, &table));
        eco_html_add_table(str, table, "Energy by phase", "Energy by phase, summed over all trials",
                           false);
        eco_table_free(table);
    }
    eco_str_add(str, "<h3>Joules of the search</h3>\n<dl class=\"pair\">\n");
    eco_impact_rows_sum(&rows, ledger);
    eco_impact_rows_spent(&rows, ledger, page->snapshot);
    for (int i = 0; i < ECO_IMPACT_COUNT; i++)
        eco_impact_rows_converted(&rows, page->definition, (eco_impact)i, ledger->search_j,
                                  page->snapshot->spent_time_s);
    eco_str_add(str, "</dl>\n");
    return ECOPT_OK;
}

/* Without a side to compare with, five times "not known" would tell nobody anything. */
static void add_saving(const eco_ledger *ledger, eco_str *str)
{
    eco_impact_rows rows = {.str = str, .add = eco_html_add_pair};
    if (!ledger->metric || isnan(ledger->before.request_j))
        return;
    eco_str_add(str, "<h3>Joules per request (");
    eco_clean_add_html(str, ledger->metric);
    eco_str_add(str, ")</h3>\n<dl class=\"pair\">\n");
    eco_impact_rows_saving(&rows, ledger);
    eco_str_add(str, "</dl>\n");
}

ecopt_status eco_html_add_impact(const eco_page *page, eco_str *str)
{
    static const ecopt_impact_options as_defined = {.metric = NULL};
    eco_ledger *ledger = NULL;
    ECO_TRY(eco_ledger_new(page->ctx, page->definition, page->snapshot, &as_defined, &ledger));
    ecopt_status status = ECOPT_OK;
    if (has_spent(ledger, page->snapshot)) {
        eco_str_add(str, "<section aria-labelledby=\"impact\">\n<h2 id=\"impact\">What it took "
                         "and what it saves</h2>\n");
        status = add_spent(page, ledger, str);
        add_saving(ledger, str);
        eco_str_add(str, "</section>\n");
    }
    eco_ledger_free(page->ctx, ledger);
    return status;
}
