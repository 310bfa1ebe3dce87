/*
 * Properties of config on random input: words are split as /bin/sh splits them, a study means the
 * same however its YAML is written, quantities survive being written in any unit, and a file with
 * one byte changed is either right or has an error with a place in it.
 */
#include "config/command_words.h"
#include "core/rng.h"
#include "core/str.h"
#include "space/space.h"

#include "support/config_probe.h"
#include "support/eco_test.h"

#include <stdlib.h>
#include <unistd.h>

static eco_rng rng;

/* The seed is printed, and taken from ECOPT_TEST_SEED to repeat a failure. */
static int set_up(void **state)
{
    const char *given = getenv("ECOPT_TEST_SEED");
    uint64_t seed = given ? (uint64_t)strtoull(given, NULL, 10) : (uint64_t)getpid();
    print_message("ECOPT_TEST_SEED=%llu\n", (unsigned long long)seed);
    eco_rng_init(&rng, seed, (eco_rng_stream)0, 0);
    *state = eco_test_ctx();
    return 0;
}

static int tear_down(void **state)
{
    assert_int_equal(eco_ctx_live_b(*state), 0);
    ecopt_ctx_free(*state);
    return 0;
}

static size_t below(size_t n)
{
    return (size_t)eco_rng_below(&rng, n);
}

/* ---- words ---- */

/* A random piece of a command line that means the same to a shell and to us: characters that only
 * a shell would act on stand in quotes or behind a backslash. */
static void add_piece(eco_str *line)
{
    static const char wild[] = "|&;<>()$`*?~#[]{} \t'\"\\abc";
    switch (below(6)) {
    case 0:
    case 1: /* plain; not in front of a word where ~ or # would count */
        for (size_t n = below(5); n > 0; n--)
            eco_str_add_char(line, "abcXYZ019_-+=./,:@%^"[below(20)]);
        break;
    case 2:
        eco_str_add_char(line, '\'');
        for (size_t n = below(6); n > 0; n--) {
            char c = wild[below(sizeof wild - 1)];
            eco_str_add_char(line, c == '\'' ? '"' : c);
        }
        eco_str_add_char(line, '\'');
        break;
    case 3:
        eco_str_add_char(line, '"');
        for (size_t n = below(6); n > 0; n--) {
            char c = wild[below(sizeof wild - 1)];
            if (strchr("\"\\$`", c))
                eco_str_add_char(line, '\\');
            eco_str_add_char(line, c);
        }
        eco_str_add_char(line, '"');
        break;
    case 4:
        eco_str_add_char(line, '\\');
        eco_str_add_char(line, wild[below(sizeof wild - 1)]);
        break;
    default: /* within double quotes a backslash before other characters stays */
        eco_str_addf(line, "\"\\%c%s\"", "abcxyz019"[below(9)], below(2) ? "" : "\\\n");
        break;
    }
}

static void add_line(eco_str *line)
{
    static const char *const gaps[] = {" ", "  ", "\t", " \t ", " \\\n "};
    size_t n_words = below(6);
    for (size_t w = 0; w < n_words; w++) {
        eco_str_add(line, gaps[below(ECO_LEN(gaps))]);
        for (size_t n = 1 + below(4); n > 0; n--)
            add_piece(line);
    }
    eco_str_add(line, below(2) ? " " : "");
}

/* What the shell makes of it: each word between brackets, in a file of its own line. */
static char *ask_shell(ecopt_ctx *ctx, const char *const *lines, size_t n)
{
    char dir[256], command[400];
    char *text = NULL;
    eco_str script = ECO_STR_INIT(ctx);
    eco_test_temp_dir(dir);
    eco_str_add(&script, "p() { for w in \"$@\"; do printf '[%s]' \"$w\"; done; echo '|end'; }\n");
    for (size_t i = 0; i < n; i++)
        eco_str_addf(&script, "p %s\n", lines[i]);
    eco_test_write_file(dir, "script", eco_str_text(&script));
    eco_str_release(&script);
    (void)snprintf(command, sizeof command, "/bin/sh -f %s/script", dir);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    eco_str out = ECO_STR_INIT(ctx);
    char chunk[1024];
    for (size_t got; (got = fread(chunk, 1, sizeof chunk, pipe)) > 0;)
        eco_str_add_bytes(&out, chunk, got);
    assert_int_equal(pclose(pipe), 0);
    assert_status(ctx, eco_str_take(&out, &text), ECOPT_OK);
    eco_test_remove_dir(dir);
    return text;
}

/* The same of our splitter. */
static void split_ours(ecopt_ctx *ctx, const char *line, eco_str *out)
{
    eco_arena arena = ECO_ARENA_INIT(ctx);
    eco_words_error error = {0, 0, ""};
    const char *const *words = NULL;
    size_t n = 0;
    ecopt_status status = eco_words_split(&arena, line, &words, &n, &error);
    if (status != ECOPT_OK)
        fail_msg("refused at byte %zu ('%c'): %s\n%s", error.offset, error.character, error.what,
                 line);
    for (size_t i = 0; i < n; i++)
        eco_str_addf(out, "[%s]", words[i]);
    eco_str_add(out, "|end\n");
    eco_arena_release(&arena);
}

static void words_as_a_shell(void **state)
{
    enum { N = 600 };
    ecopt_ctx *ctx = *state;
    const char **lines = eco_alloc(ctx, N, sizeof *lines);
    eco_str ours = ECO_STR_INIT(ctx);
    for (size_t i = 0; i < N; i++) {
        eco_str line = ECO_STR_INIT(ctx);
        char *taken = NULL;
        add_line(&line);
        assert_status(ctx, eco_str_take(&line, &taken), ECOPT_OK);
        lines[i] = taken;
    }
    char *theirs = ask_shell(ctx, lines, N);
    const char *next = theirs;
    for (size_t i = 0; i < N; i++) {
        eco_str_clear(&ours);
        split_ours(ctx, lines[i], &ours);
        if (strncmp(next, eco_str_text(&ours), ours.length) != 0)
            fail_msg("line %zu: %s\nours %s\nshell %.200s", i, lines[i], eco_str_text(&ours), next);
        next += ours.length;
    }
    assert_int_equal(*next, '\0');
    for (size_t i = 0; i < N; i++) {
        char *line = NULL;
        memcpy(&line, &lines[i], sizeof line); /* ours, taken from a string */
        eco_free(ctx, line);
    }
    eco_free(ctx, theirs);
    eco_free(ctx, lines);
    eco_str_release(&ours);
}

/* Any bytes: words or a refusal whose place is in the line; what is refused can be quoted. */
static void words_of_anything(void **state)
{
    static const char any[] = "ab \t\n'\"\\|&;<>`$*?~(){}[]#!=%\xc3\xa9";
    for (size_t round = 0; round < 20000; round++) {
        char line[24];
        size_t n = below(sizeof line);
        for (size_t i = 0; i < n; i++)
            line[i] = any[below(sizeof any - 1)];
        line[n] = '\0';
        eco_arena arena = ECO_ARENA_INIT(*state);
        eco_words_error error = {99, 0, ""};
        const char *const *words = NULL;
        size_t n_words = 99;
        ecopt_status status = eco_words_split(&arena, line, &words, &n_words, &error);
        if (status == ECOPT_OK) {
            assert_true(n_words <= n);
            for (size_t i = 0; i < n_words; i++)
                assert_true(strlen(words[i]) <= n);
        } else {
            assert_int_equal(status, ECOPT_E_PARSE);
            assert_true(error.offset < n && error.what[0] != '\0');
            assert_true(error.character == '\0' || line[error.offset] == error.character);
        }
        eco_arena_release(&arena);
    }
}

/* ---- one study, written in many ways ---- */

/* A random study of which two texts are written: with brackets and with lines. */
typedef struct twins {
    eco_str flow, block;
} twins;

static void add_both(twins *t, const char *flow, const char *block)
{
    eco_str_add(&t->flow, flow);
    eco_str_add(&t->block, block);
}

static const char *quoted(char *room, size_t size, const char *word)
{
    size_t style = below(3);
    if (style == 0)
        (void)snprintf(room, size, "%s", word);
    else if (style == 1)
        (void)snprintf(room, size, "'%s'", word);
    else
        (void)snprintf(room, size, "\"%s\"", word);
    return room;
}

static void add_param(twins *t, size_t i)
{
    char flow[256], block[256], value[64];
    double min = (double)below(1000) / 8, width = (double)(1 + below(1000)) / 16;
    switch (below(4)) {
    case 0:
        (void)snprintf(flow, sizeof flow, "{type: float, min: %.17g, max: %.17g}", min,
                       min + width);
        (void)snprintf(block, sizeof block,
                       "\n    max: %.17g # last first\n    min: %.17g\n    type: float",
                       min + width, min);
        break;
    case 1:
        (void)snprintf(flow, sizeof flow, "{type: int, min: %.0f, max: %.0f, log: true}", min + 1,
                       min + 2 + width);
        (void)snprintf(block, sizeof block,
                       "\n    type: int\n    log: true\n\n    min: %.0f\n    max: %.0f", min + 1,
                       min + 2 + width);
        break;
    case 2:
        (void)snprintf(flow, sizeof flow, "[a, b%zu, %s]", i, quoted(value, sizeof value, "c d"));
        (void)snprintf(block, sizeof block, "\n    - a\n    - b%zu\n    - %s", i,
                       quoted(value, sizeof value, "c d"));
        break;
    default:
        (void)snprintf(flow, sizeof flow, "{type: bool, default: true}");
        (void)snprintf(block, sizeof block, "\n    type: bool\n    default: true");
        break;
    }
    char key[64];
    (void)snprintf(key, sizeof key, "%sp%zu: ", i > 0 ? ", " : "", i);
    eco_str_add(&t->flow, key);
    (void)snprintf(key, sizeof key, "\n  p%zu: ", i);
    eco_str_add(&t->block, key);
    add_both(t, flow, block);
}

static void write_twins(twins *t, size_t n)
{
    char value[64];
    add_both(
        t, "study: s\ncommand: [./run, '{params.json}']\nparams: {",
        "# by lines\nstudy: 's'\ncommand:\n  run:\n    - ./run\n    - \"{params.json}\"\nparams:");
    for (size_t i = 0; i < n; i++)
        add_param(t, i);
    add_both(t, "}\nobjectives: {energy_j: min, a: max}\nmetrics: {a: {regex: ",
             "\nobjectives:\n  energy_j: min\n  a:\n    goal: max\nmetrics:\n  a:\n    regex: ");
    add_both(t, "'a (.)'", quoted(value, sizeof value, "a (.)"));
    add_both(t, "}}\nbudget: {time: 2h, energy: 1kWh}\n",
             "\nbudget:\n  energy: 3.6MJ\n  time: 7200s\n");
}

static void assert_same_param(const ecopt_param *a, const ecopt_param *b)
{
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->type, b->type);
    assert_true(a->is_log == b->is_log && a->has_default == b->has_default);
    assert_true(a->min == b->min && a->max == b->max && a->default_code == b->default_code);
    assert_int_equal(a->n_values, b->n_values);
    for (size_t i = 0; i < a->n_values; i++) {
        assert_string_equal(a->values[i].text, b->values[i].text);
        assert_int_equal(a->values[i].type, b->values[i].type);
    }
}

static void forms_of_yaml(void **state)
{
    ecopt_ctx *ctx = *state;
    for (size_t round = 0; round < 300; round++) {
        twins t = {ECO_STR_INIT(ctx), ECO_STR_INIT(ctx)};
        size_t n = 1 + below(8);
        write_twins(&t, n);
        ecopt_definition *a = eco_probe_parse(ctx, eco_str_text(&t.flow));
        ecopt_definition *b = eco_probe_parse(ctx, eco_str_text(&t.block));
        assert_int_equal(ecopt_space_n_params(a->space), n);
        assert_int_equal(ecopt_space_n_params(b->space), n);
        for (size_t i = 0; i < n; i++)
            assert_same_param(ecopt_space_param(a->space, i), ecopt_space_param(b->space, i));
        assert_string_equal(a->phases[0].args[1], b->phases[0].args[1]);
        assert_string_equal(a->metrics[0].regex, b->metrics[0].regex);
        assert_true(a->budget.time_s == b->budget.time_s);
        assert_true(a->budget.energy_j == b->budget.energy_j);
        assert_int_equal(a->objectives[1].goal, b->objectives[1].goal);
        ecopt_definition_free(ctx, a);
        ecopt_definition_free(ctx, b);
        eco_str_release(&t.flow);
        eco_str_release(&t.block);
    }
}

/* ---- quantities ---- */

static void quantities(void **state)
{
    static const struct {
        const char *key, *unit;
        double factor;
    } units[] = {
        {"time", "ms", 1e-3},     {"time", "s", 1},      {"time", "min", 60},
        {"time", "h", 3600},      {"time", "d", 86400},  {"energy", "J", 1},
        {"energy", "kJ", 1e3},    {"energy", "MJ", 1e6}, {"energy", "Wh", 3600},
        {"energy", "kWh", 3.6e6},
    };
    for (size_t round = 0; round < 400; round++) {
        size_t u = below(ECO_LEN(units));
        double number = pow(10, eco_rng_uniform(&rng) * 20 - 10);
        char *text = eco_asprintf(*state, "budget: {%s: %.17g%s%s}\n", units[u].key, number,
                                  below(2) ? " " : "", units[u].unit);
        ecopt_definition *d = eco_probe_parse(*state, text);
        double got = u < 5 ? d->budget.time_s : d->budget.energy_j;
        assert_close(got, number * units[u].factor, 1e-15, 0);
        ecopt_definition_free(*state, d);
        eco_free(*state, text);
    }
}

/* ---- damaged files ---- */

/* One byte of a good file replaced, dropped or doubled. */
static void damage(eco_str *out, const char *text, size_t length)
{
    static const char bytes[] = "{}[],:'\"#-|>&*!%@` \t\nx0\\\xc3";
    size_t at = below(length);
    eco_str_add_bytes(out, text, at);
    size_t how = below(3);
    if (how != 1)
        eco_str_add_char(out, how == 0 ? bytes[below(sizeof bytes - 1)] : text[at]);
    eco_str_add_bytes(out, text + at + (how == 2 ? 0 : 1), length - at - (how == 2 ? 0 : 1));
}

static void damaged_files(void **state)
{
    ecopt_ctx *ctx = *state;
    char *good = eco_probe_complete(ctx, "budget: {trials: 9, time: 2h}\n"
                                         "constraints: [n * x <= 3, a <= 1e3]\n"
                                         "meter: {sources: [model]}\ncarbon: {country: GBR}\n"
                                         "env: {A: '{x}', B: \"b\"}\n");
    size_t n_good = 0, n_bad = 0;
    for (size_t round = 0; round < 3000; round++) {
        eco_str text = ECO_STR_INIT(ctx);
        damage(&text, good, strlen(good));
        /* The probe checks that there is a definition exactly when there is no error. */
        char *remarks = eco_probe_remarks(ctx, eco_str_text(&text), text.length);
        if (strncmp(remarks, "error", 5) == 0 || strstr(remarks, "\nerror"))
            n_bad++;
        else
            n_good++;
        eco_free(ctx, remarks);
        eco_str_release(&text);
    }
    assert_true(n_good > 100 && n_bad > 1000);
    eco_free(ctx, good);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(words_as_a_shell), TEST(words_of_anything), TEST(forms_of_yaml),
        TEST(quantities),       TEST(damaged_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
