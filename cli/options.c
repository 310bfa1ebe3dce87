/*
 * getopt_long is not used: it takes abbreviations, so that a script breaks when an option is added
 * that begins alike; it prints its own messages, in its own style and without a suggestion; and it
 * keeps its state in globals.  What is left of it after that is the loop below.
 *
 * Values are checked for their form here and only here.  Commands may then convert them without a
 * check, which keeps each command to what it is about.
 *
 * The parser keeps pointers into argv and the tables, so nothing is copied and releasing is two
 * arrays. Which option wins is not its business: it keeps all of them in their order, and the
 * getters at the end of this file take the last one.
 */
#include "options.h"

#include "message.h"
#include "quantity.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

const cli_option cli_common_options[] = {
    {"help", 'h', CLI_FLAG, NULL, NULL, "show this help"},
    {"quiet", 'q', CLI_FLAG, NULL, NULL, "say nothing but results and errors"},
    {"verbose", 'v', CLI_FLAG, NULL, NULL, "say what is going on inside"},
    {"color", 0, CLI_CHOICE, "WHEN", "auto always never",
     "colour: auto (on a terminal), always or never"},
    {0},
};

/* State of one parse: what is read and where it goes. */
typedef struct option_parser {
    cli_state *cli;
    const cli_syntax *syntax;
    int argc;
    char **argv;
    int next;
    cli_args *args;
} option_parser;

/* The option of that name, which need not end with a NUL: it may be followed by `=value`. Linear,
 * as tables have a dozen rows and a command line as few words. */
static const cli_option *find_name(const cli_option *options, const char *name, size_t length)
{
    for (; options->name; options++)
        if (strlen(options->name) == length && memcmp(options->name, name, length) == 0)
            return options;
    return NULL;
}

/* The option of that letter, NULL when there is none. Options without a letter have 0 there, which
 * no word can hold. */
static const cli_option *find_letter(const cli_option *options, char letter)
{
    for (; options->name; options++)
        if (options->letter == letter)
            return options;
    return NULL;
}

/* Every name of a table as a suggestion for `word`. The best so far goes in and out, so that
 * several tables can compete. */
static void consider(const cli_option *options, const char *word, const char **best,
                     size_t *distance)
{
    for (; options->name; options++)
        cli_word_consider(word, options->name, best, distance);
}

/* Says that there is no such option, and which was probably meant. A name that is too long for the
 * distance is no slip of the fingers and gets no suggestion. */
static int refuse_name(option_parser *parser, const char *name, size_t length)
{
    cli_error(parser->cli, "there is no option '--%.*s'", (int)length, name);
    char word[CLI_WORD_MAX + 1];
    if (length < sizeof word) {
        memcpy(word, name, length);
        word[length] = '\0';
        const char *best = NULL;
        size_t distance = CLI_WORD_MAX + 1;
        consider(parser->syntax->options, word, &best, &distance);
        consider(cli_common_options, word, &best, &distance);
        if (best)
            cli_hint(parser->cli, "did you mean '--%s'?", best);
    }
    return CLI_EXIT_USAGE;
}

/* Is `text` one of the blank-separated words? The list is one text in the table, for help and
 * completion want it as it is. */
static bool is_choice(const char *choices, const char *text)
{
    size_t length = strlen(text);
    while (*choices) {
        size_t span = strcspn(choices, " ");
        if (span == length && memcmp(choices, text, length) == 0)
            return true;
        choices += span;
        choices += strspn(choices, " ");
    }
    return false;
}

/* A value of the wrong form is refused here, once, so that commands read values without checks. */
static int check_value(option_parser *parser, const cli_option *option, const char *text)
{
    int64_t count = 0;
    double number = 0.0;
    const char *expected = NULL;
    /* Each form with the words that a refusal needs; a form without a test takes any text. */
    switch (option->form) {
    case CLI_COUNT:
        if (!cli_parse_count(text, 0, INT64_MAX, &count))
            expected = text[0] == '-' && cli_parse_count(text, INT64_MIN, 0, &count)
                           ? "0 or more"
                           : "a whole number";
        break;
    case CLI_TIME:
        if (!cli_parse_time_s(text, &number))
            expected = "a time above 0 such as 30s, 10min or 2h";
        break;
    case CLI_ENERGY:
        if (!cli_parse_energy_j(text, &number))
            expected = "an energy above 0 with its unit such as 500J, 20kJ or 1.5kWh";
        break;
    case CLI_PERCENT:
        if (!cli_parse_percent(text, &number))
            expected = "a share above 0 such as 2% or 0.5%";
        break;
    case CLI_CHOICE:
        if (!is_choice(option->choices, text)) {
            cli_error(parser->cli, "--%s: '%s' is none of: %s", option->name, text,
                      option->choices);
            return CLI_EXIT_USAGE;
        }
        break;
    case CLI_FILE:
    case CLI_FOLDER:
        if (text[0] == '\0')
            expected = "a name that is not empty";
        break;
    case CLI_FLAG:
    case CLI_TEXT:
        break;
    }
    if (!expected)
        return CLI_EXIT_OK;
    cli_error(parser->cli, "--%s: '%s' is not %s", option->name, text, expected);
    return CLI_EXIT_USAGE;
}

/* Keeps one option in the order it was given: later ones win, repeatable ones all count. There is
 * room for all of them: cli_args_parse has counted what words can at most become. */
static int add_setting(option_parser *parser, const cli_option *option, const char *text)
{
    if (text) {
        int code = check_value(parser, option, text);
        if (code != CLI_EXIT_OK)
            return code;
    }
    cli_setting *slot = &parser->args->settings[parser->args->n_settings++];
    slot->option = option;
    slot->text = text;
    return CLI_EXIT_OK;
}

/* The word after the option is its value. Whatever it looks like: a value may begin with a dash, as
 * negative numbers do. */
static int take_value(option_parser *parser, const cli_option *option)
{
    if (parser->next >= parser->argc) {
        cli_error(parser->cli, "--%s needs a value: %s", option->name, option->value);
        return CLI_EXIT_USAGE;
    }
    return add_setting(parser, option, parser->argv[parser->next++]);
}

/* `name`, `name=value` or `name` and the next word. The command's own options first, then the
 * common ones; names are given out so that none stands in both. */
static int parse_long(option_parser *parser, const char *word)
{
    size_t length = strcspn(word, "=");
    const cli_option *option = find_name(parser->syntax->options, word, length);
    if (!option)
        option = find_name(cli_common_options, word, length);
    if (!option)
        return refuse_name(parser, word, length);
    if (word[length] == '=') {
        if (option->form == CLI_FLAG) {
            cli_error(parser->cli, "--%s takes no value", option->name);
            return CLI_EXIT_USAGE;
        }
        return add_setting(parser, option, word + length + 1);
    }
    return option->form == CLI_FLAG ? add_setting(parser, option, NULL)
                                    : take_value(parser, option);
}

/* A group of flags, the last of which may take a value: `-qn5`, `-qn 5`. */
static int parse_short(option_parser *parser, const char *letters)
{
    for (; *letters; letters++) {
        const cli_option *option = find_letter(parser->syntax->options, *letters);
        if (!option)
            option = find_letter(cli_common_options, *letters);
        if (!option) {
            cli_error(parser->cli, "there is no option '-%c'", *letters);
            return CLI_EXIT_USAGE;
        }
        int code = CLI_EXIT_OK;
        if (option->form == CLI_FLAG)
            code = add_setting(parser, option, NULL);
        else if (letters[1])
            return add_setting(parser, option, letters + 1);
        else
            return take_value(parser, option);
        if (code != CLI_EXIT_OK)
            return code;
    }
    return CLI_EXIT_OK;
}

/* All that is left is the command to run; its options are its own. Not copied and not looked at, so
 * that the command gets its words exactly as they were typed. */
static void take_command(option_parser *parser)
{
    parser->args->command = parser->argv + parser->next;
    parser->args->n_command = (size_t)(parser->argc - parser->next);
    parser->next = parser->argc;
}

/* On failure the settings read so far stay valid and are released by the caller as usual: -q
 * before a wrong option still counts. A single dash is an operand, as it means stdin or stdout
 * elsewhere. */
int cli_args_parse(cli_state *cli, const cli_syntax *syntax, int argc, char **argv, int first,
                   cli_args *ret_args)
{
    memset(ret_args, 0, sizeof *ret_args);
    /* A letter group such as -qv makes several settings of one word. */
    size_t room = 1;
    for (int i = first; i < argc; i++)
        room += strlen(argv[i]) + 1;
    ret_args->settings = calloc(room, sizeof *ret_args->settings);
    ret_args->operands = calloc((size_t)(argc - first) + 1, sizeof *ret_args->operands);
    if (!ret_args->settings || !ret_args->operands) {
        cli_error(cli, "out of memory");
        return CLI_EXIT_ERROR;
    }

    option_parser parser = {cli, syntax, argc, argv, first, ret_args};
    int code = CLI_EXIT_OK;
    while (code == CLI_EXIT_OK && parser.next < argc) {
        char *word = argv[parser.next];
        /* The two dashes end the options for good: nothing behind them is looked at, whatever it
         * looks like. */
        if (strcmp(word, "--") == 0) {
            parser.next++;
            take_command(&parser);
        } else if (word[0] == '-' && word[1] != '\0') {
            parser.next++;
            code = word[1] == '-' ? parse_long(&parser, word + 2) : parse_short(&parser, word + 1);
        } else if (syntax->runs_command) {
            take_command(&parser);
        } else {
            ret_args->operands[ret_args->n_operands++] = word;
            parser.next++;
        }
    }
    return code;
}

void cli_args_release(cli_args *args)
{
    free(args->settings);
    free(args->operands);
    memset(args, 0, sizeof *args);
}

/* From the end, so that the last of several wins: an alias can be overridden by typing the option
 * again. */
const char *cli_args_text(const cli_args *args, const char *name)
{
    for (size_t i = args->n_settings; i > 0; i--)
        if (strcmp(args->settings[i - 1].option->name, name) == 0)
            return args->settings[i - 1].text ? args->settings[i - 1].text : "";
    return NULL;
}

bool cli_args_has(const cli_args *args, const char *name)
{
    return cli_args_text(args, name) != NULL;
}

/* The conversion cannot fail: its form was checked when the option was read. */
int64_t cli_args_count(const cli_args *args, const char *name, int64_t otherwise)
{
    const char *text = cli_args_text(args, name);
    int64_t count = otherwise;
    if (text)
        (void)cli_parse_count(text, 0, INT64_MAX, &count);
    return count;
}

double cli_args_time_s(const cli_args *args, const char *name, double otherwise)
{
    const char *text = cli_args_text(args, name);
    double time_s = otherwise;
    if (text)
        (void)cli_parse_time_s(text, &time_s);
    return time_s;
}

double cli_args_energy_j(const cli_args *args, const char *name, double otherwise)
{
    const char *text = cli_args_text(args, name);
    double energy_j = otherwise;
    if (text)
        (void)cli_parse_energy_j(text, &energy_j);
    return energy_j;
}
