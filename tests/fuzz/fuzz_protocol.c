/*
 * Fuzz target for everything that reads what programs print: the first byte picks the reader, the
 * rest is its input.  Beyond not crashing, what is kept must be bounded and well formed.
 */
#include "core/str.h"
#include "trial/lines.h"
#include "trial/pool.h"
#include "trial/protocol.h"
#include "trial/quote.h"
#include "trial/template.h"

#include "fuzz/fuzz.h"

#include <math.h>
#include <string.h>

static void check_pool(const eco_pool *pool)
{
    FUZZ_CHECK(pool->n <= ECO_POOL_MAX);
    for (size_t i = 0; i < pool->n; i++) {
        const eco_pool_item *item = &pool->items[i];
        size_t n = strlen(item->name);
        FUZZ_CHECK(n >= 1 && n <= ECO_POOL_NAME_MAX_B);
        FUZZ_CHECK(!isinf(item->value));
        FUZZ_CHECK(isnan(item->u95) || item->u95 >= 0);
        FUZZ_CHECK(eco_pool_find(pool, item->phase, item->name) == item);
        FUZZ_CHECK(item->step >= 0 && item->steps.n <= ECO_STEPS_MAX);
        for (size_t k = 0; k < item->steps.n; k++) {
            FUZZ_CHECK(isfinite(item->steps.points[k].value) && item->steps.points[k].step > 0);
            FUZZ_CHECK(k == 0 || item->steps.points[k].step > item->steps.points[k - 1].step);
        }
    }
}

static void read_objects(ecopt_ctx *ctx, const char *text, size_t n)
{
    eco_pool pool;
    eco_pool_init(&pool, ctx);
    ecopt_status status = eco_protocol_line(&pool, 0, text, n);
    FUZZ_CHECK(status == ECOPT_OK);
    status = eco_protocol_log(&pool, 1, text, n);
    FUZZ_CHECK(status == ECOPT_OK);
    status = eco_protocol_result(&pool, 2, "file", text, n);
    FUZZ_CHECK(status == ECOPT_OK || status == ECOPT_E_PARSE);
    FUZZ_CHECK(eco_protocol_tag(text, n) <= n);
    check_pool(&pool);
    eco_pool_release(&pool);
}

/* Up to the first newline: the pointer; behind it: the document. */
static void read_pointer(ecopt_ctx *ctx, const char *text, size_t n)
{
    double value;
    size_t head = strcspn(text, "\n");
    char *pointer = eco_strndup(ctx, text, head);
    size_t from = head < n ? head + 1 : n;
    FUZZ_CHECK(pointer != NULL);
    ecopt_status status = eco_protocol_pointer(ctx, "file", text + from, n - from, pointer, &value);
    FUZZ_CHECK(status == ECOPT_OK || status == ECOPT_E_PARSE || status == ECOPT_E_NOT_FOUND ||
               status == ECOPT_E_RANGE);
    eco_free(ctx, pointer);
}

/* Everything quoted must be printable UTF-8 on one line. */
static ecopt_status quote_line(void *user, const char *line, size_t n)
{
    eco_str out = ECO_STR_INIT(user);
    FUZZ_CHECK(n >= 1 && n <= ECO_LINE_MAX_B && !memchr(line, '\n', n) && !memchr(line, '\r', n));
    eco_quote(&out, line, n, 200);
    const char *text = eco_str_text(&out);
    FUZZ_CHECK(out.length <= 210);
    for (size_t i = 0; i < out.length;) {
        size_t length = eco_utf8_length(text + i, out.length - i);
        FUZZ_CHECK(length > 0 && (unsigned char)text[i] >= 0x20);
        i += length;
    }
    eco_str_release(&out);
    return ECOPT_OK;
}

static void read_lines(ecopt_ctx *ctx, const char *text, size_t n)
{
    eco_lines lines;
    eco_lines_init(&lines, ctx, quote_line, ctx);
    for (size_t i = 0; i < n;) {
        size_t part = 1 + (unsigned char)text[i] % 50;
        part = part < n - i ? part : n - i;
        ecopt_status status = eco_lines_feed(&lines, text + i, part);
        FUZZ_CHECK(status == ECOPT_OK);
        i += part;
    }
    ecopt_status status = eco_lines_end(&lines);
    FUZZ_CHECK(status == ECOPT_OK);
    eco_lines_release(&lines);
}

static const char *any_text(void *user, const char *name)
{
    (void)user;
    return strlen(name) % 2 ? "{x}" : NULL;
}

static void expand(ecopt_ctx *ctx, const char *text)
{
    const eco_template_lookup lookup = {any_text, NULL};
    char *out = NULL;
    size_t count = eco_template_check(text, NULL, NULL);
    ecopt_status status = eco_template_expand(ctx, text, &lookup, &out);
    FUZZ_CHECK(status == ECOPT_OK || (status == ECOPT_E_NAME && count > 0));
    eco_free(ctx, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ecopt_ctx *ctx = NULL;
    if (size == 0 || ecopt_ctx_new(NULL, &ctx) != ECOPT_OK)
        return 0;
    /* A block of exactly this size, NULs included, with one more at its end. */
    char *text = eco_alloc(ctx, size, 1);
    FUZZ_CHECK(text != NULL);
    memcpy(text, data + 1, size - 1);
    switch (data[0] % 4) {
    case 0:
        read_objects(ctx, text, size - 1);
        break;
    case 1:
        read_pointer(ctx, text, strlen(text));
        break;
    case 2:
        read_lines(ctx, text, size - 1);
        break;
    default:
        expand(ctx, text);
        break;
    }
    eco_free(ctx, text);
    FUZZ_CHECK(eco_ctx_live_b(ctx) == 0);
    ecopt_ctx_free(ctx);
    return 0;
}
