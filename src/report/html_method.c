/*
 * The parts of the page that say where its numbers come from.
 *
 * A joule without its source, label and boundary cannot be compared with anything.  What a source
 * does not see is stated beside what it sees; the texts follow the kinds of sources that the meter
 * knows, and are chosen by how a source's name begins.
 *
 * Texts about a kind of source say what it leaves out even where that is embarrassing: a number
 * with a known gap can be used, one with a hidden gap cannot.
 */
#include "report/clean.h"
#include "report/html.h"
#include "report/json.h"
#include "report/number.h"
#include "report/prose.h"
#include "report/rows.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void eco_html_add_element(eco_str *str, const char *tag, const char *text)
{
    eco_str_addf(str, "<%s>", tag);
    eco_clean_add_html(str, text);
    eco_str_addf(str, "</%s>", tag);
}

void eco_html_add_pair(eco_str *str, const char *term, const char *text)
{
    eco_html_add_element(str, "dt", term);
    eco_html_add_element(str, "dd", text && text[0] ? text : "not known");
    eco_str_add_char(str, '\n');
}

void eco_html_add_table(eco_str *str, eco_table *table, const char *label, const char *caption,
                        bool is_tall)
{
    eco_str_addf(str, "<div class=\"scroll%s\" role=\"region\" tabindex=\"0\" aria-label=\"",
                 is_tall ? " tall" : "");
    eco_clean_add_html(str, label);
    eco_str_add(str, "\">\n");
    eco_table_add_html(table, caption, str);
    eco_str_add(str, "</div>\n");
}

/* What a kind of source sees, and what it therefore leaves out. */
static const struct {
    const char *kind; /* how the source's name begins */
    const char *scope;
} SCOPES[] = {
    {"rapl", "RAPL counters: the CPU package, and memory where a dram source is listed. Disks, "
             "network, display, fans and the losses of the power supply are not measured."},
    {"nvml", "NVML: the GPU boards as listed, with their memory. The rest of the machine is only "
             "in the total where another source is listed."},
    {"plug", "Wall plug: everything behind the plug, with the losses of the power supply, and "
             "whatever else is plugged in there."},
    {"command", "Program of the user's own: whatever it reads is what is measured."},
    {"file", "File of the user's own: whatever is written to it is what is measured."},
    {"slurm", "Slurm: what the batch system accounts for the step, updated every half minute or "
              "so; shown beside the total, never in it."},
    {"model", "Generic model: estimated from CPU time, not measured. Memory, disks, network, "
              "GPUs and the power supply are not in it."},
    {"replay", "Replay: joules and seconds of a recorded trace, not of this run."},
};

/* Did a source of this kind contribute?  Names begin with the kind (ecopt_source_info). */
static bool has_kind(const ecopt_energy *energy, const char *kind)
{
    for (size_t i = 0; i < energy->n_sources && i < ECOPT_METER_SOURCES_MAX; i++)
        if (strncmp(energy->sources[i].name, kind, strlen(kind)) == 0)
            return true;
    return false;
}

/* The boundary: which parts of the machine are in the joules. */
static void add_scopes(const ecopt_energy *energy, eco_str *str)
{
    eco_str_add(str, "<h3>What is in the joules, and what is not</h3>\n<ul>\n");
    for (size_t i = 0; i < ECO_LEN(SCOPES); i++) {
        bool is_replay = strcmp(SCOPES[i].kind, "replay") == 0;
        /* A replayed source keeps the name it was recorded under; the flag tells. */
        if (is_replay ? !(energy->flags & ECOPT_FLAG_REPLAY) : !has_kind(energy, SCOPES[i].kind))
            continue;
        eco_html_add_element(str, "li", SCOPES[i].scope);
        eco_str_add_char(str, '\n');
    }
    eco_html_add_element(str, "li",
                         "Whatever else ran on the machine at the same time is in the joules of "
                         "whole-machine and package sources. ECOpt's own work between trials is "
                         "outside the windows.");
    eco_str_add(str, "\n</ul>\n");
}

/* Only labels that occur are explained. */
static void add_labels(const eco_page *page, eco_str *str)
{
    unsigned seen = 0;
    for (size_t i = 0; i < page->snapshot->n_trials; i++)
        for (size_t k = 0; k < page->snapshot->trials[i].n_phases; k++)
            for (unsigned q = ECOPT_QUALITY_MEASURED_WALL; q <= ECOPT_QUALITY_UNMEASURABLE; q++)
                if (page->snapshot->trials[i].phases[k].energy.quality == (ecopt_quality)q)
                    seen |= 1u << q;
    eco_str_add(str, "<h3>Labels on this page</h3>\n<dl class=\"pair\">\n");
    for (unsigned i = ECOPT_QUALITY_MEASURED_WALL; i <= ECOPT_QUALITY_UNMEASURABLE; i++)
        if (seen & 1u << i)
            eco_html_add_pair(str, ecopt_quality_name((ecopt_quality)i),
                              eco_quality_meaning((ecopt_quality)i));
    eco_str_add(str, "</dl>\n<p class=\"soft\">A total has the weakest label of its parts. "
                     "\xc2\xb1 is the 95\xc2\xa0% uncertainty for comparing trials on this "
                     "machine; how far the absolute scale may be off is the band given here, which "
                     "does not shrink with repetition.</p>\n");
}

/* Band, coverage and missing windows of everything that was metered. */
static void add_limits(const eco_page *page, eco_str *str)
{
    const eco_phase_total *total = &page->summary->total;
    char text[ECO_NUMBER_B];
    eco_str line = ECO_STR_INIT(page->ctx);
    eco_str_add(str, "<dl class=\"pair\">\n");
    if (eco_prose_band(&line, &total->energy))
        eco_html_add_pair(str, "all windows", eco_str_text(&line));
    if (total->n_windows > total->n_missing) {
        eco_number_percent(total->energy.coverage_ratio, text);
        eco_html_add_pair(str, "observed part of the time", text);
    }
    (void)snprintf(text, sizeof text, "%zu of %zu", total->n_missing, total->n_windows);
    eco_html_add_pair(str, "windows without joules", text);
    eco_str_add(str, "</dl>\n");
    if (eco_str_status(&line) != ECOPT_OK)
        str->status = ECOPT_E_NOMEM;
    eco_str_release(&line);
}

/* How many windows carry each flag; a flag that nobody sees is a silent fallback. */
static void add_flags(const eco_page *page, eco_str *str)
{
    size_t counts[ECOPT_FLAG_COUNT] = {0};
    bool any = false;
    for (size_t i = 0; i < page->snapshot->n_trials; i++) {
        const ecopt_trial *trial = &page->snapshot->trials[i];
        for (size_t k = 0; k < trial->n_phases; k++)
            for (unsigned bit = 0; bit < ECOPT_FLAG_COUNT; bit++)
                counts[bit] += trial->phases[k].energy.flags >> bit & 1u;
    }
    for (unsigned bit = 0; bit < ECOPT_FLAG_COUNT; bit++) {
        if (counts[bit] == 0)
            continue;
        if (!any)
            eco_str_add(str, "<h3>Remarks of the meter</h3>\n<dl class=\"pair\">\n");
        any = true;
        char text[256];
        (void)snprintf(text, sizeof text, "%s (%zu of %zu windows)", ecopt_flag_meaning(1u << bit),
                       counts[bit], page->summary->total.n_windows);
        eco_html_add_pair(str, ecopt_flag_name(1u << bit), text);
    }
    if (any)
        eco_str_add(str, "</dl>\n");
}

ecopt_status eco_html_add_method(const eco_page *page, eco_str *str)
{
    const ecopt_energy *energy = &page->summary->total.energy;
    eco_str_add(str, "<section aria-labelledby=\"method\">\n<h2 id=\"method\">How this was "
                     "measured</h2>\n");
    if (page->summary->total.n_windows == 0) {
        eco_str_add(str, "<p>Nothing has been metered in this study.</p>\n</section>\n");
        return ECOPT_OK;
    }
    if (energy->n_sources > 0) {
        eco_table *table = NULL;
        ECO_TRY(eco_rows_sources(page->ctx, energy, &table));
        eco_html_add_table(str, table, "Energy by source",
                           "Energy by source, over all windows of all trials", false);
        eco_table_free(table);
    }
    add_limits(page, str);
    add_labels(page, str);
    add_scopes(energy, str);
    add_flags(page, str);
    eco_str_add(str, "</section>\n");
    return ECOPT_OK;
}

/* Where only listed points were allowed, a front is the best of that list and of nothing else. */
static void add_candidates(const ecopt_definition *definition, eco_str *str)
{
    char text[160];
    if (definition->n_candidates == 0)
        return;
    int n = snprintf(text, sizeof text, "a list of %zu point%s", definition->n_candidates,
                     definition->n_candidates > 1 ? "s" : "");
    if (definition->n_candidates_rejected > 0)
        (void)snprintf(text + n, sizeof text - (size_t)n,
                       "; %zu more row%s left out by constraints on parameters",
                       definition->n_candidates_rejected,
                       definition->n_candidates_rejected > 1 ? "s were" : " was");
    eco_html_add_pair(str, "candidates", text);
}

/* The host is a JSON object of the store; one line per member. */
static void add_host(const eco_page *page, eco_str *str)
{
    json_error_t error;
    const char *key = NULL;
    json_t *value = NULL;
    json_t *host = page->snapshot->host ? json_loads(page->snapshot->host, 0, &error) : NULL;
    eco_str_add(str, "<h3>Machine</h3>\n<dl class=\"pair\">\n");
    if (!json_is_object(host))
        eco_html_add_pair(str, "host", page->snapshot->host);
    json_object_foreach(host, key, value)
    {
        char text[ECO_NUMBER_B] = "";
        if (strcmp(key, "memory_b") == 0 && json_is_number(value)) {
            (void)snprintf(text, sizeof text, "%.4g GiB",
                           json_number_value(value) / (1024.0 * 1024.0 * 1024.0));
            eco_html_add_pair(str, "memory", text);
            continue;
        }
        if (json_is_number(value))
            eco_number_format(json_number_value(value), (double)NAN, text);
        eco_html_add_pair(str, key, json_is_string(value) ? json_string_value(value) : text);
    }
    eco_str_add(str, "</dl>\n");
    json_decref(host);
}

ecopt_status eco_html_add_study(const eco_page *page, eco_str *str)
{
    const ecopt_snapshot *snapshot = page->snapshot;
    char text[64];
    eco_str_add(str, "<section aria-labelledby=\"study\">\n<h2 id=\"study\">The study</h2>\n");
    eco_str_add(str, "<dl class=\"pair\">\n");
    eco_html_add_pair(str, "sampler", page->definition->sampler);
    add_candidates(page->definition, str);
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)snapshot->seed);
    eco_html_add_pair(str, "seed", text);
    (void)snprintf(text, sizeof text, "%lld", (long long)snapshot->revision);
    eco_html_add_pair(str, "revision", text);
    eco_html_add_pair(str, "run by", snapshot->version ? snapshot->version : "");
    eco_str_add(str, "</dl>\n<h3>Definition</h3>\n<pre tabindex=\"0\">");
    eco_clean_add_html(str, snapshot->definition ? snapshot->definition : page->definition->text);
    eco_str_add(str, "</pre>\n");
    add_host(page, str);
    eco_str_add(str, "</section>\n");
    return ECOPT_OK;
}
