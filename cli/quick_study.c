/*
 * The command line is turned into the text of a study file, which then takes the way of every
 * other: one checker, one set of messages, one definition to be kept with the trials, and --save is
 * nothing but writing that text down.  Values are quoted as JSON strings, which YAML reads as they
 * are, so no word of the command line can turn into syntax.
 *
 * The text is never parsed back here: what is not a study is found out by the checker, whose
 * remarks name a line of it. Only what a study file cannot know (that -P and -O belong together,
 * how a range is spelled) is said in terms of the command line.
 */
#include "quick_study.h"

#include "message.h"
#include "output.h"
#include "quantity.h"

#include <ctype.h>
#include <ecopt/definition.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The only phase of such a study. */
#define PHASE "evaluate"

/* Options that make a study of a command line, in the order of their sections; "metric" is last, as
 * what objectives add to its section follows. */
static const char *const study_options[] = {"param", "objective", "metric"};

/* Any of the options, even alone: what is missing then is told, rather than that there is no
 * study.yaml. */
bool cli_quick_study_is_meant(const cli_args *args)
{
    for (size_t i = 0; i < sizeof study_options / sizeof study_options[0]; i++)
        if (cli_args_has(args, study_options[i]))
            return true;
    return args->n_command > 0;
}

/* A JSON string is a YAML string, whatever stands in it. Without memory the text is empty, and the
 * checker of study files then says what is missing. */
static void write_quoted(FILE *file, const char *text, size_t length)
{
    char *copy = strndup(text, length);
    cli_json_string(file, copy ? copy : "");
    free(copy);
}

/* Numbers and booleans keep their type; all else is quoted. As in a study file: `1` is a number and
 * `"1"` would be a text. Words longer than any number are texts. */
static void write_value(FILE *file, const char *text, size_t length)
{
    char word[64];
    double number = 0.0;
    if (length < sizeof word) {
        memcpy(word, text, length);
        word[length] = '\0';
        if (cli_parse_number(word, &number) || strcmp(word, "true") == 0 ||
            strcmp(word, "false") == 0) {
            fputs(word, file);
            return;
        }
    }
    write_quoted(file, text, length);
}

/* One message for all that -P can be wrong in, with an example of each form. */
static int refuse_param(cli_state *cli, const char *spec)
{
    cli_error(cli, "-P: '%s' is not a parameter", spec);
    cli_hint(cli, "write lr=float:1e-4..1e-2:log, width=int:4..64:default=16, pool=bool, or "
                  "kernel=1|3|5");
    return CLI_EXIT_USAGE;
}

/* `:log`, `:default=V` after a range. Anything else is refused, as a modifier that is ignored would
 * change the search without a word. */
static bool write_modifiers(FILE *file, const char *text)
{
    while (*text == ':') {
        text++;
        size_t length = strcspn(text, ":");
        if (length == 3 && memcmp(text, "log", 3) == 0) {
            fputs(", log: true", file);
        } else if (length > 8 && memcmp(text, "default=", 8) == 0) {
            fputs(", default: ", file);
            write_value(file, text + 8, length - 8);
        } else {
            return false;
        }
        text += length;
    }
    return *text == '\0';
}

/* `1e-4..1e-2` after the type. What the ends of the range are worth is left to the checker: here
 * only the form is looked at. What was written before a refusal is thrown away with the text. */
static bool write_range(FILE *file, const char *type, const char *text)
{
    const char *dots = strstr(text, "..");
    if (!dots || dots == text)
        return false;
    const char *max = dots + 2;
    size_t length = strcspn(max, ":");
    if (length == 0)
        return false;
    fprintf(file, "{type: %s, min: ", type);
    write_value(file, text, (size_t)(dots - text));
    fputs(", max: ", file);
    write_value(file, max, length);
    bool is_fine = write_modifiers(file, max + length);
    fputs("}\n", file);
    return is_fine;
}

/* `a|b|c`; an empty value between two bars is the empty text. */
static void write_choices(FILE *file, const char *text)
{
    fputs("{type: choice, values: [", file);
    for (const char *value = text; value;) {
        size_t length = strcspn(value, "|");
        fputs(value == text ? "" : ", ", file);
        write_value(file, value, length);
        value = value[length] == '|' ? value + length + 1 : NULL;
    }
    fputs("]}\n", file);
}

/* One -P as a line of `params:`. A type word without its colon is no range, and without a bar there
 * is no choice; both are told with the forms that there are. */
static int write_param(cli_state *cli, FILE *file, const char *spec)
{
    const char *equals = strchr(spec, '=');
    if (!equals || equals == spec || equals[1] == '\0')
        return refuse_param(cli, spec);
    const char *value = equals + 1;
    fputs("  ", file);
    write_quoted(file, spec, (size_t)(equals - spec));
    fputs(": ", file);
    /* By the type in front; what has none and no bar is no parameter. */
    if (strncmp(value, "float:", 6) == 0)
        return write_range(file, "float", value + 6) ? CLI_EXIT_OK : refuse_param(cli, spec);
    if (strncmp(value, "int:", 4) == 0)
        return write_range(file, "int", value + 4) ? CLI_EXIT_OK : refuse_param(cli, spec);
    if (strcmp(value, "bool") == 0) {
        fputs("{type: bool}\n", file);
        return CLI_EXIT_OK;
    }
    if (!strchr(value, '|'))
        return refuse_param(cli, spec);
    write_choices(file, value);
    return CLI_EXIT_OK;
}

/* NAME=REST of -O and -M. Only the first = counts, since patterns may have more of them. */
static int write_pair(cli_state *cli, FILE *file, const char *letter, const char *key,
                      const char *spec)
{
    const char *equals = strchr(spec, '=');
    if (!equals || equals == spec || equals[1] == '\0') {
        cli_error(cli, "-%s: '%s' is not NAME=%s", letter, spec, key);
        return CLI_EXIT_USAGE;
    }
    fputs("  ", file);
    write_quoted(file, spec, (size_t)(equals - spec));
    fprintf(file, ": {%s: ", key);
    write_quoted(file, equals + 1, strlen(equals + 1));
    fputs("}\n", file);
    return CLI_EXIT_OK;
}

/* All settings of one option, under their title. Settings of other options may stand between; their
 * order within one option is that of the command line, and parameters keep it in the study. */
static int write_section(cli_state *cli, FILE *file, const cli_args *args, const char *option)
{
    bool is_titled = false;
    int code = CLI_EXIT_OK;
    for (size_t i = 0; i < args->n_settings && code == CLI_EXIT_OK; i++) {
        const cli_setting *setting = &args->settings[i];
        if (strcmp(setting->option->name, option) != 0)
            continue;
        if (!is_titled)
            fprintf(file, "%ss:\n", option);
        is_titled = true;
        if (strcmp(option, "param") == 0)
            code = write_param(cli, file, setting->text);
        else if (strcmp(option, "objective") == 0)
            code = write_pair(cli, file, "O", "goal", setting->text);
        else
            code = write_pair(cli, file, "M", "regex", setting->text);
    }
    return code;
}

/* Does the library itself know this metric of a one-phase study?  It is asked, with a study of this
 * one objective, so that there is no second list of built-in metrics here. */
static bool is_builtin(cli_state *cli, const char *name, size_t length)
{
    char *text = NULL;
    size_t length_b = 0;
    FILE *file = open_memstream(&text, &length_b);
    if (!file)
        return false;
    /* With a carbon section, or carbon_g would not be known: the study's own parse says then what
     * is missing, which a metric that nobody reports would not. */
    fputs("{study: probe, command: {evaluate: [\"true\", \"{p}\"]}, params: {p: {type: bool}}, "
          "carbon: {country: WLD}, objectives: {",
          file);
    write_quoted(file, name, length);
    fputs(": min}}", file);
    bool is_known = false;
    ecopt_definition *definition = NULL;
    if (fclose(file) == 0)
        is_known = ecopt_definition_parse(cli->ctx, text, length_b, "probe.yaml", NULL, NULL,
                                          &definition) == ECOPT_OK;
    ecopt_definition_free(cli->ctx, definition);
    free(text);
    return is_known;
}

/* Is `name` the NAME of one of the first `n` settings of that option? */
static bool is_named(const cli_args *args, size_t n, const char *option, const char *name,
                     size_t length)
{
    for (size_t i = 0; i < n; i++) {
        const cli_setting *setting = &args->settings[i];
        if (strcmp(setting->option->name, option) == 0 &&
            strncmp(setting->text, name, length) == 0 && setting->text[length] == '=')
            return true;
    }
    return false;
}

/* Objectives that nothing else explains are reported by the program.  What begins with the phase's
 * name is meant to be built in: declared, a slip such as evaluate.energy would become a metric that
 * never comes, instead of an error with a suggestion. */
static void write_reported(cli_state *cli, FILE *file, const cli_args *args)
{
    /* -M has written the title already, and a key that comes twice is no valid study file. */
    bool is_titled = cli_args_has(args, "metric");
    for (size_t i = 0; i < args->n_settings; i++) {
        const cli_setting *setting = &args->settings[i];
        if (strcmp(setting->option->name, "objective") != 0)
            continue;
        const char *name = setting->text;
        size_t length = strcspn(name, "=");
        if (is_named(args, args->n_settings, "metric", name, length) ||
            is_named(args, i, "objective", name, length) ||
            strncmp(name, PHASE ".", strlen(PHASE ".")) == 0 || is_builtin(cli, name, length))
            continue;
        if (!is_titled)
            fputs("metrics:\n", file);
        is_titled = true;
        fputs("  ", file);
        write_quoted(file, name, length);
        fputs(": {}\n", file);
    }
}

/* Name of the program, of letters that a study's name may have. The program's path is of no use in
 * a name, and --name is taken as it is: the checker knows which names there may be. */
static char *study_name(const cli_args *args)
{
    const char *given = cli_args_text(args, "name");
    if (given)
        return strdup(given);
    const char *program = args->command[0];
    const char *slash = strrchr(program, '/');
    char *name = strdup(slash ? slash + 1 : program);
    for (char *c = name; c && *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '.' && *c != '_' && *c != '-')
            *c = '-';
    return name;
}

/* The whole file; what the command line does not say is left to the defaults. */
static int write_study(cli_state *cli, FILE *file, const cli_args *args, const char *name)
{
    const char *sampler = cli_args_text(args, "sampler");
    const char *seed = cli_args_text(args, "seed");
    const char *trials = cli_args_text(args, "trials");
    fputs("study: ", file);
    write_quoted(file, name, strlen(name));
    fputc('\n', file);
    if (seed)
        fprintf(file, "seed: %s\n", seed);
    if (sampler) {
        fputs("sampler: ", file);
        write_quoted(file, sampler, strlen(sampler));
        fputc('\n', file);
    }
    fputs("command:\n  " PHASE ": [", file);
    for (size_t i = 0; i < args->n_command; i++) {
        fputs(i > 0 ? ", " : "", file);
        write_quoted(file, args->command[i], strlen(args->command[i]));
    }
    fputs("]\n", file);
    int code = CLI_EXIT_OK;
    for (size_t i = 0; i < sizeof study_options / sizeof study_options[0]; i++)
        if (code == CLI_EXIT_OK)
            code = write_section(cli, file, args, study_options[i]);
    if (code == CLI_EXIT_OK)
        write_reported(cli, file, args); /* right after -M: they share a title */
    if (trials)
        fprintf(file, "budget: {trials: %s}\n", trials);
    return code;
}

/* What the command line lacks to be a study. Here and not in the checker, because the message has
 * to speak of -P and -O, which a study file does not know. */
static int check_parts(cli_state *cli, const cli_args *args)
{
    if (args->n_operands > 0) {
        cli_error(cli, "run: either a study file or -P, -O and a command, not both");
        return CLI_EXIT_USAGE;
    }
    if (args->n_command == 0) {
        cli_error(cli, "run: -P and -O need a command after '--'");
        return CLI_EXIT_USAGE;
    }
    if (!cli_args_has(args, "param") || !cli_args_has(args, "objective")) {
        cli_error(cli, "run: a command needs at least one -P and one -O");
        cli_hint(cli, "e.g. ecopt run -P lr=float:1e-4..1e-2:log -O loss=min -- ./train {lr}");
        return CLI_EXIT_USAGE;
    }
    return CLI_EXIT_OK;
}

/* The path is where --save would write and what messages name; nothing need stand there. */
int cli_quick_study(cli_state *cli, const cli_args *args, char **ret_text, char **ret_path)
{
    int code = check_parts(cli, args);
    if (code != CLI_EXIT_OK)
        return code;
    char *name = study_name(args);
    char *path = NULL;
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    code = CLI_EXIT_ERROR;
    if (name && file && asprintf(&path, "%s.yaml", name) >= 0)
        code = write_study(cli, file, args, name);
    else
        cli_error(cli, "out of memory");
    if (file && fclose(file) != 0)
        code = CLI_EXIT_ERROR;
    free(name);
    if (code != CLI_EXIT_OK) {
        free(path);
        free(text);
        return code;
    }
    *ret_text = text;
    *ret_path = path;
    return code;
}
