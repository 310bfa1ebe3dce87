/* Fuzz target: any bytes are a table or diagnostics; what is a table has its fields in place. */
#include "config/csv.h"
#include "space/space.h"

#include "fuzz/fuzz.h"

#include <string.h>

static void read_one(void *user, const ecopt_diagnostic *d)
{
    size_t *n_errors = user;
    *n_errors += d->is_error;
    FUZZ_CHECK(d->message[0] != '\0' && d->line > 0 && d->column > 0);
    FUZZ_CHECK(strcmp(d->file, "points.csv") == 0);
}

/* Fields stand in the order of the file and hold no more than it does. */
static void use(const eco_csv *csv)
{
    size_t total = 0;
    for (size_t i = 0; i < csv->n_columns; i++)
        FUZZ_CHECK(eco_csv_find(csv, eco_csv_name(csv, i)) <= i);
    for (size_t r = 0; r < csv->n_rows; r++)
        for (size_t i = 0; i < csv->n_columns; i++) {
            size_t at = (r + 1) * csv->n_columns + i;
            total += strlen(eco_csv_text(csv, r, i)) + 1;
            FUZZ_CHECK(csv->places[at] <= csv->length && csv->places[at] >= csv->places[at - 1]);
        }
    FUZZ_CHECK(total <= csv->length + 1);
    FUZZ_CHECK(csv->n_rows <= ECO_SPACE_CANDIDATES_MAX);
    if (csv->n_rows > 0)
        FUZZ_CHECK(eco_csv_line(csv, csv->n_rows - 1) > eco_csv_line(csv, 0) || csv->n_rows == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ecopt_ctx *ctx = NULL;
    eco_csv csv;
    size_t n_errors = 0;
    FUZZ_CHECK(ecopt_ctx_new(NULL, &ctx) == ECOPT_OK);
    eco_arena arena = ECO_ARENA_INIT(ctx);
    eco_diagnosis *report = eco_alloc(ctx, 1, sizeof *report);
    FUZZ_CHECK(report);
    report->arena = &arena;
    report->file = "study.yaml";
    report->text = "";
    FUZZ_CHECK(eco_csv_read(report, "points.csv", (const char *)data, size, &csv) == ECOPT_OK);
    FUZZ_CHECK(report->status == ECOPT_OK);
    eco_diagnosis_flush(report, read_one, &n_errors);
    FUZZ_CHECK(n_errors > 0 || (csv.n_rows > 0 && csv.n_columns > 0));
    use(&csv);
    eco_free(ctx, report);
    eco_arena_release(&arena);
    FUZZ_CHECK(eco_ctx_live_b(ctx) == 0);
    ecopt_ctx_free(ctx);
    return 0;
}
