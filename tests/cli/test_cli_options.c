/*
 * Every option of every command in every form it may be written in, and in the forms it may not:
 * the tables are walked, so a new option is tested without a line here.
 */
#include "cli_test.h"
#include "commands.h"
#include "options.h"
#include "words.h"

#include <ctype.h>

/* A command line of up to this many words. */
enum { MOST_WORDS = 12, WORD_B = 96 };

typedef struct command_line {
    char texts[MOST_WORDS][WORD_B];
    char *words[MOST_WORDS + 1];
    int n;
} command_line;

static void add_word(command_line *line, const char *format, const char *a, const char *b)
{
    assert_true(line->n < MOST_WORDS);
    char *word = line->texts[line->n];
    int n = 0;
    for (const char *c = format; *c; c++) { /* %1 and %2 only */
        if (*c == '%' && c[1] == '1')
            n += snprintf(word + n, WORD_B - (size_t)n, "%s", a), c++;
        else if (*c == '%' && c[1] == '2')
            n += snprintf(word + n, WORD_B - (size_t)n, "%s", b), c++;
        else
            word[n++] = *c;
        assert_true(n < WORD_B);
    }
    word[n] = '\0';
    line->words[line->n++] = word;
    line->words[line->n] = NULL;
}

/* Parses against a command's own table; what was said goes to *said, released by the caller. */
static int parse(const cli_command *command, command_line *line, cli_args *ret_args, cli_said *said)
{
    cli_state cli = {0};
    cli_said_start(said);
    int code = cli_args_parse(&cli, &command->syntax, line->n, line->words, 0, ret_args);
    cli_said_stop(said);
    return code;
}

/* A value that the option takes, and one that it must not. */
static const char *good_value(const cli_option *option)
{
    static char first[WORD_B];
    switch (option->form) {
    case CLI_COUNT:
        return "7";
    case CLI_TIME:
        return "2min";
    case CLI_ENERGY:
        return "1.5kWh";
    case CLI_PERCENT:
        return "0.5%";
    case CLI_CHOICE:
        (void)snprintf(first, sizeof first, "%.*s", (int)strcspn(option->choices, " "),
                       option->choices);
        return first;
    case CLI_FLAG:
        return NULL;
    case CLI_TEXT:
    case CLI_FILE:
    case CLI_FOLDER:
        break;
    }
    return "some/thing=1";
}

static const char *bad_value(const cli_option *option)
{
    switch (option->form) {
    case CLI_COUNT:
        return "-1";
    case CLI_TIME:
        return "2 parsec";
    case CLI_ENERGY:
        return "15";
    case CLI_PERCENT:
        return "2";
    case CLI_CHOICE:
        return "neither";
    case CLI_FILE:
    case CLI_FOLDER:
        return "";
    case CLI_FLAG:
    case CLI_TEXT:
        break;
    }
    return NULL;
}

/* Calls `visit` for each option of each command, the common ones too. */
static void for_each_option(void (*visit)(const cli_command *command, const cli_option *option))
{
    for (const cli_command *command = cli_commands; command->name; command++) {
        for (const cli_option *o = command->syntax.options; o->name; o++)
            visit(command, o);
        for (const cli_option *o = cli_common_options; o->name; o++)
            visit(command, o);
    }
}

/* Expects the one setting `option` with `text`. */
static void expect_setting(const cli_command *command, command_line *line, const cli_option *option,
                           const char *text)
{
    cli_args args;
    cli_said said;
    int code = parse(command, line, &args, &said);
    if (code != CLI_EXIT_OK)
        print_error("%s: '%s' gave %d: %s\n", command->name, line->words[0], code, said.text);
    assert_int_equal(code, CLI_EXIT_OK);
    assert_string_equal(said.text, "");
    assert_int_equal(args.n_settings, 1);
    assert_ptr_equal(args.settings[0].option, option);
    assert_true(cli_args_has(&args, option->name));
    if (text)
        assert_string_equal(args.settings[0].text, text);
    else
        assert_null(args.settings[0].text);
    assert_int_equal(args.n_operands, 0);
    assert_int_equal(args.n_command, 0);
    cli_said_release(&said);
    cli_args_release(&args);
}

static void accept_forms(const cli_command *command, const cli_option *option)
{
    const char *value = good_value(option);
    const char letter[] = {option->letter, '\0'};
    command_line line = {.n = 0};
    if (!value) {
        add_word(&line, "--%1", option->name, "");
        expect_setting(command, &line, option, NULL);
        if (!option->letter)
            return;
        line.n = 0;
        add_word(&line, "-%1", letter, "");
        expect_setting(command, &line, option, NULL);
        return;
    }
    add_word(&line, "--%1=%2", option->name, value);
    expect_setting(command, &line, option, value);
    line.n = 0;
    add_word(&line, "--%1", option->name, "");
    add_word(&line, "%1", value, "");
    expect_setting(command, &line, option, value);
    if (!option->letter)
        return;
    line.n = 0;
    add_word(&line, "-%1%2", letter, value);
    expect_setting(command, &line, option, value);
    line.n = 0;
    add_word(&line, "-%1", letter, "");
    add_word(&line, "%1", value, "");
    expect_setting(command, &line, option, value);
}

static void test_accepted_forms(void **state)
{
    (void)state;
    for_each_option(accept_forms);
}

/* Expects usage and one error line that begins with `error: ` and names `word`. */
static void expect_refusal(const cli_command *command, command_line *line, const char *word)
{
    cli_args args;
    cli_said said;
    int code = parse(command, line, &args, &said);
    if (code != CLI_EXIT_USAGE || strncmp(said.text, "error: ", 7) != 0 || !strstr(said.text, word))
        print_error("%s: '%s' gave %d: %s\n", command->name, line->words[0], code, said.text);
    assert_int_equal(code, CLI_EXIT_USAGE);
    assert_int_equal(strncmp(said.text, "error: ", 7), 0);
    assert_non_null(strstr(said.text, word));
    cli_said_release(&said);
    cli_args_release(&args);
}

static void refuse_values(const cli_command *command, const cli_option *option)
{
    command_line line = {.n = 0};
    if (option->form == CLI_FLAG) {
        add_word(&line, "--%1=yes", option->name, "");
        expect_refusal(command, &line, option->name);
        line.n = 0;
        add_word(&line, "--%1=", option->name, "");
        expect_refusal(command, &line, option->name);
        return;
    }
    add_word(&line, "--%1", option->name, "");
    expect_refusal(command, &line, "needs a value");
    const char *value = bad_value(option);
    if (!value)
        return;
    line.n = 0;
    add_word(&line, "--%1=%2", option->name, value);
    expect_refusal(command, &line, option->name);
    line.n = 0;
    add_word(&line, "--%1", option->name, "");
    add_word(&line, "%1", value, "");
    expect_refusal(command, &line, option->name);
}

static void test_refused_values(void **state)
{
    (void)state;
    for_each_option(refuse_values);
}

/* Is `name` the name of an option of the command? */
static bool is_option(const cli_command *command, const char *name)
{
    for (const cli_option *o = command->syntax.options; o->name; o++)
        if (strcmp(o->name, name) == 0)
            return true;
    for (const cli_option *o = cli_common_options; o->name; o++)
        if (strcmp(o->name, name) == 0)
            return true;
    return false;
}

/* The beginning of a name is not the name: a script that relies on it would break when an option is
 * added.  It is suggested instead. */
static void refuse_abbreviations(const cli_command *command, const cli_option *option)
{
    for (size_t length = 2; length < strlen(option->name); length++) {
        char name[WORD_B];
        (void)snprintf(name, sizeof name, "%.*s", (int)length, option->name);
        if (is_option(command, name))
            continue;
        command_line line = {.n = 0};
        add_word(&line, "--%1", name, "");
        expect_refusal(command, &line, "did you mean '--");
    }
}

static void test_abbreviations(void **state)
{
    (void)state;
    for_each_option(refuse_abbreviations);
}

/* Writes variant `k` of a slip in `name`; false when there are no more. */
static bool make_slip(const char *name, size_t k, char slip[WORD_B])
{
    size_t length = strlen(name);
    (void)snprintf(slip, WORD_B, "%s", name);
    if (k < length) { /* one letter is missing */
        memmove(slip + k, slip + k + 1, length - k);
    } else if (k < 2 * length) { /* one is double */
        k -= length;
        memmove(slip + k + 1, slip + k, length - k + 1);
    } else if (k < 3 * length - 1) { /* two are swapped */
        k -= 2 * length;
        slip[k] = name[k + 1];
        slip[k + 1] = name[k];
    } else if (k < 4 * length - 1) { /* one is another */
        k -= 3 * length - 1;
        slip[k] = name[k] == 'x' ? 'y' : 'x';
    } else {
        return false;
    }
    return true;
}

/* A slip suggests something that is as near as the option meant. */
static void suggest(const cli_command *command, const cli_option *option)
{
    char slip[WORD_B];
    for (size_t k = 0; make_slip(option->name, k, slip); k++) {
        if (is_option(command, slip) || slip[0] == '=' || strlen(slip) < 2)
            continue;
        command_line line = {.n = 0};
        add_word(&line, "--%1", slip, "");
        cli_args args;
        cli_said said;
        assert_int_equal(parse(command, &line, &args, &said), CLI_EXIT_USAGE);
        char *meant = strstr(said.text, "did you mean '--");
        if (!meant)
            print_error("%s: no suggestion for --%s\n", command->name, slip);
        assert_non_null(meant);
        meant += strlen("did you mean '--");
        meant[strcspn(meant, "'")] = '\0';
        assert_true(is_option(command, meant));
        size_t distance = cli_word_distance(slip, meant);
        /* A beginning counts as no distance at all. */
        assert_true(distance <= cli_word_distance(slip, option->name) ||
                    strncmp(slip, meant, strlen(slip)) == 0);
        cli_said_release(&said);
        cli_args_release(&args);
    }
}

static void test_suggestions(void **state)
{
    (void)state;
    for_each_option(suggest);
}

static void test_letters(void **state)
{
    (void)state;
    /* Every letter that is no option's is refused, alone and in a group. */
    for (const cli_command *command = cli_commands; command->name; command++) {
        for (char c = '!'; c < 0x7f; c++) {
            bool is_known = c == '-' || c == 'h' || c == 'q' || c == 'v';
            for (const cli_option *o = command->syntax.options; o->name; o++)
                is_known = is_known || o->letter == c;
            if (is_known)
                continue;
            const char letter[] = {c, '\0'};
            command_line line = {.n = 0};
            add_word(&line, "-%1", letter, "");
            expect_refusal(command, &line, "there is no option '-");
            line.n = 0;
            add_word(&line, "-q%1", letter, "");
            expect_refusal(command, &line, "there is no option '-");
        }
    }
}

static void test_groups(void **state)
{
    (void)state;
    const cli_command *run = cli_command_find("run");
    command_line line = {.n = 0};
    add_word(&line, "-qvn3", "", "");
    add_word(&line, "file", "", "");
    add_word(&line, "-vqPx=bool", "", "");
    add_word(&line, "-qO", "", "");
    add_word(&line, "a=min", "", "");
    cli_args args;
    cli_said said;
    assert_int_equal(parse(run, &line, &args, &said), CLI_EXIT_OK);
    cli_said_release(&said);
    assert_int_equal(args.n_settings, 8);
    assert_int_equal(cli_args_count(&args, "trials", 0), 3);
    assert_string_equal(cli_args_text(&args, "param"), "x=bool");
    assert_string_equal(cli_args_text(&args, "objective"), "a=min");
    assert_int_equal(args.n_operands, 1);
    assert_string_equal(args.operands[0], "file");
    cli_args_release(&args);
}

static void test_double_dash(void **state)
{
    (void)state;
    /* What follows is a command, whatever it looks like; for all commands, main refuses it later.
     */
    for (const cli_command *command = cli_commands; command->name; command++) {
        command_line line = {.n = 0};
        add_word(&line, "-q", "", "");
        add_word(&line, "--", "", "");
        add_word(&line, "-q", "", "");
        add_word(&line, "--nope", "", "");
        add_word(&line, "--", "", "");
        cli_args args;
        cli_said said;
        assert_int_equal(parse(command, &line, &args, &said), CLI_EXIT_OK);
        cli_said_release(&said);
        assert_int_equal(args.n_settings, 1);
        assert_int_equal(args.n_command, 3);
        assert_string_equal(args.command[0], "-q");
        assert_string_equal(args.command[2], "--");
        assert_null(args.command[3]);
        cli_args_release(&args);
    }
}

static void test_command_names(void **state)
{
    (void)state;
    /* A slip in a command's name suggests a command. */
    for (const cli_command *command = cli_commands; command->name; command++) {
        char slip[WORD_B];
        for (size_t k = 0; make_slip(command->name, k, slip); k++) {
            if (cli_command_find(slip))
                continue;
            cli_state cli = {0};
            cli_said said;
            cli_said_start(&said);
            assert_int_equal(cli_command_refuse(&cli, slip), CLI_EXIT_USAGE);
            cli_said_stop(&said);
            assert_non_null(strstr(said.text, "there is no command '"));
            assert_non_null(strstr(said.text, "did you mean 'ecopt "));
            cli_said_release(&said);
        }
    }
    cli_state cli = {0};
    cli_said said;
    cli_said_start(&said);
    assert_int_equal(cli_command_refuse(&cli, "zzzzzzzz"), CLI_EXIT_USAGE);
    cli_said_is(&said, "error: there is no command 'zzzzzzzz'\n"
                       " hint: 'ecopt help' lists the commands\n");
}

static void test_help_texts(void **state)
{
    (void)state;
    for (const cli_command *command = cli_commands; command->name; command++) {
        /* One line, lower case, no full stop. */
        assert_false(isupper((unsigned char)command->summary[0]));
        assert_true(command->summary[strlen(command->summary) - 1] != '.');
        assert_null(strchr(command->summary, '\n'));
        /* Details are wrapped for 80 columns and end with a newline. */
        size_t column = 0;
        for (const char *c = command->details; *c; c++) {
            column = *c == '\n' ? 0 : column + 1;
            assert_true(column <= 80);
        }
        assert_int_equal(column, 0);
        for (const cli_option *o = command->syntax.options; o->name; o++) {
            size_t length = strlen(o->help);
            assert_true(length > 8);
            assert_true(o->help[length - 1] != '.' || strcmp(o->help + length - 3, "...") == 0);
            for (const char *c = o->name; *c; c++)
                assert_true(islower((unsigned char)*c) || *c == '-');
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted_forms), cmocka_unit_test(test_refused_values),
        cmocka_unit_test(test_abbreviations),  cmocka_unit_test(test_suggestions),
        cmocka_unit_test(test_letters),        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_double_dash),    cmocka_unit_test(test_command_names),
        cmocka_unit_test(test_help_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
