/*
 * ecopt completion: programs for three shells, made of the command table.
 *
 * Nothing here names a command or an option but where a shell needs a special case; a new option in
 * commands.c is completed without a change in this file.
 *
 * The scripts are static text once they are installed: they ask nothing of the program, so
 * completion is quick, and has to be written anew when the program gets new options.
 */
#include "commands.h"
#include "message.h"
#include "output.h"

#include <stdlib.h>
#include <string.h>

/* Commands whose operand is a study file. Read from the usage line, which help shows and which is
 * right for that reason. */
static bool takes_study_file(const cli_command *command)
{
    return strstr(command->usage, "[FILE]") != NULL;
}

/* All spellings of the options of a table. Blanks lead, so tables can be written one after the
 * other in one list. */
static void write_bash_words(FILE *file, const cli_option *options)
{
    for (; options->name; options++) {
        fprintf(file, " --%s", options->name);
        if (options->letter)
            fprintf(file, " -%c", options->letter);
    }
}

/* One function: finds the command among the words, then offers its options or files. Written
 * without the bash-completion package, which is not on every machine. Values are completed by the
 * option before the cursor; only options whose values are files, folders or few words are named. */
static void write_bash(FILE *file)
{
    /* Candidates are taken a line each, not a word each: names of files have blanks. */
    fputs("# bash completion of ecopt\n_ecopt_offer() {\n"
          "    mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen \"$@\" -- \"$cur\")\n}\n"
          "_ecopt() {\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb= word\n"
          "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
          "        case $word in -*) ;; *) verb=$word; break ;; esac\n"
          "    done\n"
          "    COMPREPLY=()\n"
          "    case $prev in\n"
          "        --color) _ecopt_offer -W 'auto always never'; return ;;\n"
          "        --format) _ecopt_offer -W 'table csv json'; return ;;\n"
          "        --dir) _ecopt_offer -d; return ;;\n"
          "        -o|--output|--record|--file) _ecopt_offer -f; return ;;\n"
          "    esac\n"
          "    case $verb in\n",
          file);
    for (const cli_command *command = cli_commands; command->name; command++) {
        fprintf(file,
                "        %s)\n            if [[ $cur == -* ]]; then\n"
                "                _ecopt_offer -W '",
                command->name);
        write_bash_words(file, command->syntax.options);
        write_bash_words(file, cli_common_options);
        fputs("'\n", file);
        /* The operand that the command takes: a study file, the name of a shell or a program.
         * Commands without one are completed by their options alone. */
        if (takes_study_file(command))
            fputs("            else\n                _ecopt_offer -f -X '!*.y?(a)ml'; _ecopt_offer "
                  "-d\n",
                  file);
        else if (strcmp(command->name, "completion") == 0)
            fputs("            else\n                _ecopt_offer -W 'bash zsh fish'\n", file);
        else if (command->takes_command)
            fputs("            else\n                _ecopt_offer -c; _ecopt_offer -f\n", file);
        fputs("            fi ;;\n", file);
    }
    fputs("        *) _ecopt_offer -W '", file);
    for (const cli_command *command = cli_commands; command->name; command++)
        fprintf(file, " %s", command->name);
    fputs(" --version --help' ;;\n    esac\n}\n"
          "shopt -s extglob\ncomplete -o filenames -F _ecopt ecopt\n",
          file);
}

/* Text between quotes of zsh or fish, with what they would read escaped. A quote ends the text,
 * adds an escaped one and begins again, which every shell with single quotes understands. */
static void write_escaped(FILE *file, const char *text, const char *special)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", file);
        else if (strchr(special, *text))
            fprintf(file, "\\%c", *text);
        else
            fputc(*text, file);
    }
}

/* What zsh calls to complete a value of that form. Other values have no list to offer, and zsh then
 * shows the name of the value alone. */
static const char *zsh_value(const cli_option *option)
{
    switch (option->form) {
    case CLI_FILE:
        return "_files";
    case CLI_FOLDER:
        return "_files -/";
    default:
        return "";
    }
}

/* One _arguments specification for each option; brackets and colons are its syntax. The = behind
 * the name lets both spellings of a value be completed. */
static void write_zsh_options(FILE *file, const cli_option *options)
{
    for (; options->name; options++) {
        fprintf(file, "                '--%s%s[", options->name,
                options->form == CLI_FLAG ? "" : "=");
        write_escaped(file, options->help, "[]:");
        fputc(']', file);
        if (options->form == CLI_CHOICE)
            fprintf(file, ":%s:(%s)", options->value, options->choices);
        else if (options->value)
            fprintf(file, ":%s:%s", options->value, zsh_value(options));
        fputs("' \\\n", file);
    }
}

/* Commands by _describe, then _arguments of the one that was chosen. The words are shifted by one,
 * so that _arguments sees a command line of the command alone. */
static void write_zsh(FILE *file)
{
    fputs("#compdef ecopt\n_ecopt() {\n    local -a verbs\n    verbs=(\n", file);
    for (const cli_command *command = cli_commands; command->name; command++) {
        fprintf(file, "        '%s:", command->name);
        write_escaped(file, command->summary, ":");
        fputs("'\n", file);
    }
    fputs("    )\n    if (( CURRENT == 2 )); then\n        _describe command verbs\n"
          "        return\n    fi\n    local verb=$words[2]\n    shift words\n    (( CURRENT-- ))\n"
          "    case $verb in\n",
          file);
    for (const cli_command *command = cli_commands; command->name; command++) {
        fprintf(file, "        %s)\n            _arguments \\\n", command->name);
        write_zsh_options(file, command->syntax.options);
        write_zsh_options(file, cli_common_options);
        fprintf(file, "                '*:argument:%s' ;;\n",
                takes_study_file(command) ? "_files -g \"*.(yaml|yml)\"" : "_files");
    }
    fputs("    esac\n}\n_ecopt \"$@\"\n", file);
}

/* One `complete` line for each option; without a verb for all of them. -x is for options with a
 * value that is no file, -r -F for those whose value is one: fish would offer files for all of them
 * otherwise. */
static void write_fish_options(FILE *file, const char *verb, const cli_option *options)
{
    for (; options->name; options++) {
        fputs("complete -c ecopt", file);
        if (verb)
            fprintf(file, " -n '__fish_seen_subcommand_from %s'", verb);
        fprintf(file, " -l %s", options->name);
        if (options->letter)
            fprintf(file, " -s %c", options->letter);
        if (options->form == CLI_CHOICE)
            fprintf(file, " -x -a '%s'", options->choices);
        else if (options->form == CLI_FILE || options->form == CLI_FOLDER)
            fputs(" -r -F", file);
        else if (options->form != CLI_FLAG)
            fputs(" -x", file);
        fputs(" -d '", file);
        write_escaped(file, options->help, "\\");
        fputs("'\n", file);
    }
}

/* fish needs no function: a list of conditions and words. */
static void write_fish(FILE *file)
{
    fputs("# fish completion of ecopt\n", file);
    for (const cli_command *command = cli_commands; command->name; command++) {
        fprintf(file, "complete -c ecopt -n __fish_use_subcommand -f -a %s -d '", command->name);
        write_escaped(file, command->summary, "\\");
        fputs("'\n", file);
        write_fish_options(file, command->name, command->syntax.options);
    }
    write_fish_options(file, NULL, cli_common_options);
    fputs("complete -c ecopt -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'\n",
          file);
}

/* A shell and what prints its completion. */
typedef struct shell {
    const char *name;
    void (*write)(FILE *file);
} shell;

/* In the order in which they are told when none was named. */
static const shell shells[] = {{"bash", write_bash}, {"zsh", write_zsh}, {"fish", write_fish}};

/* In memory first, as the other results: a script that is cut in the middle would be sourced all
 * the same. */
int cmd_completion(cli_state *cli, const cli_args *args)
{
    const char *name = args->n_operands > 0 ? args->operands[0] : "";
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
        if (strcmp(shells[i].name, name) != 0)
            continue;
        char *text = NULL;
        size_t length = 0;
        FILE *file = open_memstream(&text, &length);
        int code = CLI_EXIT_ERROR;
        if (file) {
            shells[i].write(file);
            if (fclose(file) == 0)
                code = cli_write(cli, NULL, text, length);
        }
        free(text);
        return code;
    }
    cli_error(cli, "completion: which shell? bash, zsh or fish");
    return CLI_EXIT_USAGE;
}
