/*
 * The rules, one function per group of keys.
 *
 * Lines that both texts have are no change.  Of the others those of one key are a pair, old and
 * new; constraints and the environment have many lines of one key, each of which comes or goes by
 * itself.
 */
#include "study/compatible.h"

#include <string.h>

/* What becomes of a change. */
typedef enum verdict {
    FREE,     /* it may */
    ASSERTED, /* when the user says that the values still mean the same */
    NEVER
} verdict;

/* One key that differs; NULL where one of the texts has no such line. */
typedef struct change {
    const char *stored, *given; /* the whole texts */
    const char *key, *old, *now;
} change;

static const char *const remedy_of_study =
    "put it back, give the study another name, or move the folder away";
static const char *const remedy_of_meaning =
    "put it back, or run once with --accept-change if what was measured so far still counts";

/* ---- lines ---- */

/* Start of the line behind; the end of the text after the last one. */
static const char *next_line(const char *at)
{
    at += strcspn(at, "\n");
    return *at ? at + 1 : at;
}

/* True when `line` is a line of `text`; whole lines only, as one key may begin another. */
static bool has_line(const char *text, const char *line)
{
    size_t n = strcspn(line, "\n");
    for (const char *at = text; *at; at = next_line(at))
        if (strcspn(at, "\n") == n && memcmp(at, line, n) == 0)
            return true;
    return false;
}

/* Length of a line's key: all before its first colon. */
static size_t key_length(const char *line)
{
    return strcspn(line, ":\n");
}

/* The line of that key (n bytes), NULL when there is none. */
static const char *find_key(const char *text, const char *key, size_t n)
{
    for (const char *at = text; *at; at = next_line(at))
        if (key_length(at) == n && memcmp(at, key, n) == 0)
            return at;
    return NULL;
}

/* True when `group.name` is a key of the text. */
static bool has_key(const char *text, const char *group, const char *name, size_t n)
{
    size_t length = strlen(group);
    for (const char *at = text; *at; at = next_line(at))
        if (key_length(at) == length + 1 + n && memcmp(at, group, length) == 0 &&
            memcmp(at + length + 1, name, n) == 0)
            return true;
    return false;
}

/* What stands behind the colon and its blank. */
static char *value_of(eco_arena *arena, const char *line)
{
    const char *value = line + key_length(line);
    value += strspn(value, ":");
    value += *value == ' ';
    return eco_arena_strndup(arena, value, strcspn(value, "\n"));
}

/* ---- rules ---- */

/* The first word of both: the type of a parameter, the goal of an objective. */
static bool has_same_word(const char *a, const char *b)
{
    size_t n = strcspn(a, " ");
    return strcspn(b, " ") == n && memcmp(a, b, n) == 0;
}

/* The condition, which stands last; "" without one. */
static const char *condition_of(const char *value)
{
    const char *when = strstr(value, " when ");
    return when ? when : "";
}

/* A new parameter needs a value for the points that were tried without it. */
static verdict judge_new_param(const change *c, const char **ret_remedy)
{
    if (has_same_word(c->now, "column")) {
        *ret_remedy = "leave the columns of the list as they are, or start another study";
        return NEVER;
    }
    if (has_same_word(c->now, "fixed") || strstr(c->now, " default="))
        return FREE;
    *ret_remedy = "give it a default: what the trials so far were run with";
    return NEVER;
}

/* A parameter may be held at one value and let go again; its points read as the one and as the
 * other, as long as what they say is a number, a truth value or a text to both. */
static bool is_same_type(const char *old, const char *now)
{
    static const char *const free_types[] = {"int:int float choice", "float:int float choice",
                                             "bool:bool choice", "string:choice"};
    if (has_same_word(old, now) || has_same_word(now, "fixed"))
        return !has_same_word(old, "column") || has_same_word(now, "column");
    const char *value = old + strcspn(old, " ");
    value += strspn(value, " ");
    size_t n = strcspn(value, ":"), length = strcspn(now, " ");
    for (size_t i = 0; i < ECO_LEN(free_types) && has_same_word(old, "fixed"); i++) {
        const char *types = free_types[i];
        if (strcspn(types, ":") != n || memcmp(types, value, n) != 0)
            continue;
        for (types += n + 1; *types; types += strspn(types, " ")) {
            size_t word = strcspn(types, " ");
            if (word == length && memcmp(types, now, length) == 0)
                return true;
            types += word;
        }
    }
    return false;
}

static verdict judge_param(const change *c, const char **ret_remedy)
{
    if (!c->old)
        return judge_new_param(c, ret_remedy);
    *ret_remedy = !c->now
                      ? "put it back; with a single value, as in {value: 16}, it does not vary"
                      : "keep its type; a parameter of another name can be added, with a default";
    if (!c->now || !is_same_type(c->old, c->now))
        return NEVER;
    *ret_remedy = remedy_of_meaning;
    return strcmp(condition_of(c->old), condition_of(c->now)) == 0 ? FREE : ASSERTED;
}

/* Scale and threshold are how a value is looked at; the goal is what it is for. */
static verdict judge_objective(const change *c, const char **ret_remedy)
{
    *ret_remedy = "put the objectives back, or start another study";
    return c->old && c->now && has_same_word(c->old, c->now) ? FREE : NEVER;
}

/* A metric that the study does not aim at may come and go. */
static verdict judge_metric(const change *c, const char **ret_remedy)
{
    const char *name = strchr(c->key, '.') + 1;
    *ret_remedy = remedy_of_meaning;
    if (c->old && c->now)
        return ASSERTED;
    return has_key(c->stored, "objectives", name, strlen(name)) ? ASSERTED : FREE;
}

/* True when the n bytes have {name} of a parameter that only the new text has. */
static bool mentions_new(const change *c, const char *word, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (word[i] != '{')
            continue;
        const char *name = word + i + 1;
        const char *end = memchr(name, '}', n - i - 1);
        size_t length = end ? (size_t)(end - name) : 0;
        if (length > 0 && has_key(c->given, "params", name, length) &&
            !has_key(c->stored, "params", name, length))
            return true;
    }
    return false;
}

/* True when `now` is `old` with words put in, and each run of them has a new parameter: an option
 * and its value, `--width {width}`.  What both have in common is as it was, so the trials so far
 * were run with the same command but for what the default stands for. */
static bool adds_new_params(const change *c)
{
    const char *old = c->old, *now = c->now;
    bool is_run = false, has_new = false;
    for (;;) {
        old += strspn(old, " ");
        now += strspn(now, " ");
        size_t n = strcspn(now, " ");
        bool is_same = strcspn(old, " ") == n && memcmp(old, now, n) == 0;
        if (is_same && is_run && !has_new)
            return false;
        if (is_same && n == 0)
            return true;
        /* The new text is over before the old one: words were taken away. */
        if (n == 0)
            return false;
        has_new = !is_same && (has_new || mentions_new(c, now, n));
        is_run = !is_same;
        now += n;
        old += is_same ? n : 0;
    }
}

static verdict judge_command(const change *c, const char **ret_remedy)
{
    *ret_remedy = remedy_of_meaning;
    return c->old && c->now && adds_new_params(c) ? FREE : ASSERTED;
}

static verdict judge_env(const change *c, const char **ret_remedy)
{
    *ret_remedy = remedy_of_meaning;
    return c->now && mentions_new(c, c->now, strlen(c->now)) ? FREE : ASSERTED;
}

static verdict judge_free(const change *c, const char **ret_remedy)
{
    (void)c;
    *ret_remedy = "";
    return FREE;
}

static verdict judge_never(const change *c, const char **ret_remedy)
{
    (void)c;
    *ret_remedy = remedy_of_study;
    return NEVER;
}

/* A key that is added later has to earn its freedom here. */
static verdict judge_meaning(const change *c, const char **ret_remedy)
{
    (void)c;
    *ret_remedy = remedy_of_meaning;
    return ASSERTED;
}

/* By the first part of the key. */
static const struct {
    const char *group;
    verdict (*judge)(const change *c, const char **ret_remedy);
    bool has_many; /* lines of one key */
} rules[] = {
    {"study", judge_never, false},      {"seed", judge_never, false},
    {"candidates", judge_never, false}, {"params", judge_param, false},
    {"constraints", judge_free, true},  {"objectives", judge_objective, false},
    {"metrics", judge_metric, false},   {"command", judge_command, false},
    {"env", judge_env, true},           {"sampler", judge_free, false},
    {"budget", judge_free, false},      {"", judge_meaning, false},
};

/* Its place in the table; the last one takes all that is left. */
static size_t rule_of(const char *key)
{
    size_t n = strcspn(key, ".:\n"), i = 0;
    while (rules[i].group[0] != '\0' &&
           (strlen(rules[i].group) != n || memcmp(rules[i].group, key, n) != 0))
        i++;
    return i;
}

/* ---- comparing ---- */

/* Notes one change where it belongs. */
static void note_change(eco_comparison *comparison, const change *c, bool is_asserted)
{
    const char *remedy = "";
    size_t rule = rule_of(c->key);
    verdict said = rules[rule].judge(c, &remedy);
    bool is_refused = said == NEVER || (said == ASSERTED && !is_asserted);
    comparison->has_new_param =
        comparison->has_new_param || (rules[rule].judge == judge_param && !c->old);
    /* What nothing can be done about is told before what an option would let pass. */
    bool is_first = is_refused && (!comparison->refused ||
                                   (said == NEVER && comparison->remedy == remedy_of_meaning));
    if (is_refused && comparison->refused)
        eco_str_addf(&comparison->others, ", %s", is_first ? comparison->refused : c->key);
    if (is_first) {
        comparison->refused = c->key;
        comparison->before = c->old;
        comparison->now = c->now;
        comparison->remedy = remedy;
    } else if (!is_refused) {
        eco_str_addf(&comparison->changes, "%s%s", comparison->changes.length > 0 ? ", " : "",
                     c->key);
    }
}

/* One line that the other text has not.  `is_old` tells which text it is of. */
static ecopt_status compare_line(eco_comparison *comparison, const char *stored, const char *given,
                                 const char *line, bool is_old, bool is_asserted)
{
    eco_arena *arena = &comparison->arena;
    change c = {.stored = stored, .given = given};
    size_t n = key_length(line);
    bool has_many = rules[rule_of(line)].has_many;
    const char *other = has_many ? NULL : find_key(is_old ? given : stored, line, n);
    /* A pair is told once, with the line of the new text. */
    if (is_old && other)
        return ECOPT_OK;
    const char *old = is_old ? line : other, *now = is_old ? NULL : line;
    c.key = eco_arena_strndup(arena, line, n);
    c.old = old ? value_of(arena, old) : NULL;
    c.now = now ? value_of(arena, now) : NULL;
    if (!c.key || (old && !c.old) || (now && !c.now))
        return ECOPT_E_NOMEM;
    note_change(comparison, &c, is_asserted);
    return ECOPT_OK;
}

/* An objective whose line is the same, in the same place: its coordinate still means the same. */
static void compare_objectives(eco_comparison *comparison, const char *stored, const char *given)
{
    size_t k = 0;
    const char *old = stored, *now = given;
    for (; k < ECOPT_MAX_OBJECTIVES; k++) {
        while (*old && strncmp(old, "objectives.", 11) != 0)
            old = next_line(old);
        while (*now && strncmp(now, "objectives.", 11) != 0)
            now = next_line(now);
        if (!*old || !*now)
            break;
        size_t n = strcspn(old, "\n");
        comparison->keeps_reference[k] = strcspn(now, "\n") == n && memcmp(old, now, n) == 0;
        old = next_line(old);
        now = next_line(now);
    }
}

/* First what the new text has, as that is what the user has just edited. */
static ecopt_status compare_all(eco_comparison *comparison, const char *stored, const char *given,
                                bool is_asserted)
{
    for (const char *at = given; *at; at = next_line(at))
        if (!has_line(stored, at))
            ECO_TRY(compare_line(comparison, stored, given, at, false, is_asserted));
    for (const char *at = stored; *at; at = next_line(at))
        if (!has_line(given, at))
            ECO_TRY(compare_line(comparison, stored, given, at, true, is_asserted));
    compare_objectives(comparison, stored, given);
    ECO_TRY(eco_str_status(&comparison->changes));
    return eco_str_status(&comparison->others);
}

ecopt_status eco_comparison_init(ecopt_ctx *ctx, const char *stored, const char *given,
                                 bool is_asserted, eco_comparison *ret_comparison)
{
    *ret_comparison = (eco_comparison){
        .arena = ECO_ARENA_INIT(ctx), .changes = ECO_STR_INIT(ctx), .others = ECO_STR_INIT(ctx)};
    ecopt_status status = compare_all(ret_comparison, stored, given, is_asserted);
    if (status != ECOPT_OK)
        eco_comparison_release(ret_comparison);
    return status;
}

void eco_comparison_release(eco_comparison *comparison)
{
    eco_str_release(&comparison->changes);
    eco_str_release(&comparison->others);
    eco_arena_release(&comparison->arena);
    memset(comparison, 0, sizeof *comparison);
}

/* ---- points ---- */

/* Length of the pair at `at`, quotes and all: a quoted value may hold blanks. */
static size_t pair_length(const char *at)
{
    size_t n = strcspn(at, "= ");
    if (at[n] != '=' || at[n + 1] != '"')
        return n + strcspn(at + n, " ");
    for (n += 2; at[n] && at[n] != '"'; n++)
        n += at[n] == '\\' && at[n + 1] != '\0';
    return n + (at[n] == '"');
}

/* The pair of that name (n bytes with its '='), NULL when the point has none. */
static const char *find_pair(const char *point, const char *name, size_t n)
{
    for (const char *at = point; *at; at += pair_length(at)) {
        at += strspn(at, " ");
        if (strncmp(at, name, n) == 0)
            return at;
        if (!*at)
            break;
    }
    return NULL;
}

ecopt_status eco_point_complete(ecopt_ctx *ctx, const char *complete, const char *point,
                                char **ret_text)
{
    eco_str str = ECO_STR_INIT(ctx);
    size_t n_taken = 0, n_pairs = 0;
    for (const char *at = complete; *at; at += pair_length(at)) {
        at += strspn(at, " ");
        const char *own = find_pair(point, at, strcspn(at, "=") + 1);
        n_taken += own != NULL;
        if (str.length > 0)
            eco_str_add_char(&str, ' ');
        eco_str_add_bytes(&str, own ? own : at, pair_length(own ? own : at));
    }
    for (const char *at = point; *at; at += pair_length(at), n_pairs++)
        at += strspn(at, " ");
    ecopt_status status = eco_str_status(&str);
    /* A name that was passed over would be lost with the old text. */
    if (status == ECOPT_OK && n_taken != n_pairs)
        status = eco_fail(ctx, ECOPT_E_PARSE, "'%.120s' has parameters that there are not", point);
    if (status == ECOPT_OK)
        status = eco_str_take(&str, ret_text);
    eco_str_release(&str);
    return status;
}
