#include "trial/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

/* A line of 64 KiB and a sane pattern stay far below; (a+)+$ on 30 letters goes far beyond. */
enum { STEPS_MAX = 1000000, HEAP_MAX_KIB = 32 * 1024 };

struct eco_pattern {
    pcre2_general_context *general;
    pcre2_compile_context *compile;
    pcre2_match_context *limits;
    pcre2_code *code;
    pcre2_match_data *data;
    bool is_utf; /* the regex itself asked for it: (*UTF) */
    size_t failures;
};

static void *take_memory(PCRE2_SIZE size_b, void *user)
{
    return eco_alloc(user, size_b, 1);
}

static void return_memory(void *block, void *user)
{
    eco_free(user, block);
}

void eco_pattern_free(ecopt_ctx *ctx, eco_pattern *pattern)
{
    if (!pattern)
        return;
    pcre2_match_data_free(pattern->data);
    pcre2_code_free(pattern->code);
    pcre2_match_context_free(pattern->limits);
    pcre2_compile_context_free(pattern->compile);
    pcre2_general_context_free(pattern->general);
    eco_free(ctx, pattern);
}

/*
 * Memory comes from the context's allocator through PCRE2's own hooks, so that the limit and the
 * accounting of the context hold for patterns as well.
 */
static ecopt_status compile(ecopt_ctx *ctx, eco_pattern *p, const char *regex, size_t *ret_offset)
{
    int code = 0;
    PCRE2_SIZE offset = 0;
    p->general = pcre2_general_context_create(take_memory, return_memory, ctx);
    if (!p->general)
        return ECOPT_E_NOMEM;
    p->compile = pcre2_compile_context_create(p->general);
    p->limits = pcre2_match_context_create(p->general);
    if (!p->compile || !p->limits)
        return ECOPT_E_NOMEM;
    /*
     * Steps bound the time, the heap limit bounds the memory of backtracking.  JIT is not used: it
     * would have its own stack to bound, and lines are short.
     */
    (void)pcre2_set_match_limit(p->limits, STEPS_MAX);
    (void)pcre2_set_heap_limit(p->limits, HEAP_MAX_KIB);
    p->code = pcre2_compile((PCRE2_SPTR)regex, strlen(regex), PCRE2_NEVER_BACKSLASH_C, &code,
                            &offset, p->compile);
    if (!p->code && code == PCRE2_ERROR_NOMEMORY)
        return ECOPT_E_NOMEM;
    /* PCRE2 gives this one, too, when a small allocation inside the compiler fails. */
    if (!p->code && code == PCRE2_ERROR_HEAP_FAILED)
        return ECOPT_E_NOMEM;
    if (!p->code) {
        PCRE2_UCHAR text[160];
        (void)pcre2_get_error_message(code, text, sizeof text);
        if (ret_offset)
            *ret_offset = offset;
        return eco_fail(ctx, ECOPT_E_PARSE, "regex /%s/ at offset %zu: %s", regex, (size_t)offset,
                        (const char *)text);
    }
    uint32_t options = 0;
    (void)pcre2_pattern_info(p->code, PCRE2_INFO_ALLOPTIONS, &options);
    p->is_utf = (options & PCRE2_UTF) != 0;
    p->data = pcre2_match_data_create_from_pattern(p->code, p->general);
    return p->data ? ECOPT_OK : ECOPT_E_NOMEM;
}

ecopt_status eco_pattern_new(ecopt_ctx *ctx, const char *regex, eco_pattern **ret_pattern,
                             size_t *ret_offset)
{
    eco_pattern *pattern = eco_alloc(ctx, 1, sizeof *pattern);
    if (!pattern)
        return ECOPT_E_NOMEM;
    ecopt_status status = compile(ctx, pattern, regex, ret_offset);
    if (status != ECOPT_OK) {
        eco_pattern_free(ctx, pattern);
        return status;
    }
    *ret_pattern = pattern;
    return ECOPT_OK;
}

/* True for a match that was broken off; a line that is no UTF-8 merely does not match (*UTF). */
static bool is_too_much(int code)
{
    return code == PCRE2_ERROR_MATCHLIMIT || code == PCRE2_ERROR_DEPTHLIMIT ||
           code == PCRE2_ERROR_HEAPLIMIT || code == PCRE2_ERROR_NOMEMORY;
}

/* Start of the next character: one in the middle of a character would be an error of PCRE2's. */
static size_t step_over(const eco_pattern *pattern, const char *line, size_t n, size_t start)
{
    do
        start++;
    while (pattern->is_utf && start < n && ((unsigned char)line[start] & 0xc0) == 0x80);
    return start;
}

/*
 * PCRE2 finds the first match; the last one is found by going on behind each.  To search backwards
 * would need a reversed pattern.  What matched before a search was broken off stays valid.
 */
bool eco_pattern_match(eco_pattern *pattern, const char *line, size_t n, const char **ret_text,
                       size_t *ret_n)
{
    const PCRE2_SIZE *span = pcre2_get_ovector_pointer(pattern->data);
    bool is_found = false;
    size_t start = 0;
    uint32_t options = 0;
    while (start <= n && pattern->failures < ECO_PATTERN_FAILURES_MAX) {
        int groups = pcre2_match(pattern->code, (PCRE2_SPTR)line, n, start, options, pattern->data,
                                 pattern->limits);
        if (groups < 0) {
            pattern->failures += is_too_much(groups);
            break;
        }
        size_t k = groups > 1 && span[2] != PCRE2_UNSET ? 1 : 0;
        /* \K in a lookahead may put the start behind the end: such a match has no text. */
        if (span[2 * k] <= span[2 * k + 1]) {
            *ret_text = line + span[2 * k];
            *ret_n = span[2 * k + 1] - span[2 * k];
            is_found = true;
        }
        start = span[1] > start ? span[1] : step_over(pattern, line, n, start);
        /* Checked once; to check the whole line again for each match would be quadratic. */
        options = PCRE2_NO_UTF_CHECK;
    }
    return is_found;
}

size_t eco_pattern_failures(const eco_pattern *pattern)
{
    return pattern->failures;
}
