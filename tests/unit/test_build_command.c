/*
 * What is wrong with commands and phases, and with keys of the file itself.
 *
 * Each case: sections of a file, and all remarks on them (place, key, message, hint); none means
 * that the file is right.  The sections that are left out are added by the probe.
 */
#include "support/config_probe.h"
#include "support/eco_test.h"

static void command(void **state)
{
    static const eco_probe_case cases[] = {
        {"command:", "error 1:1 command | expected a text or a list or a map (key: value), not "
                     "nothing | e.g. command: ./train --lr {lr}\n"},
        {"command: ''", "error 1:10 command | the command is empty | e.g. ./train --lr {lr}\n"},
        {"command: '  '", "error 1:10 command | the command is empty | e.g. ./train --lr {lr}\n"},
        {"command: []", "error 1:10 command | the command is empty | e.g. ./train --lr {lr}\n"},
        {"command: ['']", "error 1:10 command | the command is empty | e.g. ./train --lr {lr}\n"},
        {"command: {}",
         "error 1:10 command | there is no command to run | e.g. train: ./train --lr {lr}\n"},
        {"command: {timeout: 3s}",
         "error 1:10 command | there is no command to run | e.g. train: ./train --lr {lr}\n"},
        {"command: 3",
         "warning 3:10 params.x | no command uses the parameter 'x' | write {x} where it belongs; "
         "the environment variable ECOPT_P_X holds it in any case\n"
         "warning 3:44 params.n | no command uses the parameter 'n' | write {n} where it belongs; "
         "the environment variable ECOPT_P_N holds it in any case\n"},
        {"command: [./run, [x]]", "error 1:18 command[2] | expected a text, not a list\n"},
        {"command: [./run, ]",
         "warning 3:10 params.x | no command uses the parameter 'x' | write {x} where it belongs; "
         "the environment variable ECOPT_P_X holds it in any case\n"
         "warning 3:44 params.n | no command uses the parameter 'n' | write {n} where it belongs; "
         "the environment variable ECOPT_P_N holds it in any case\n"},
        {"command: ./run {x} {n} {y}",
         "error 1:24 command | nothing is called {y} | write {{y}} for the text itself\n"},
        {"command: ./run {x} {n} {trial.dri}",
         "error 1:24 command | nothing is called {trial.dri} | did you mean 'trial.dir'?\n"},
        {"command: ./run {x}{n} {{y}} {} {1} {a b}", ""},
        {"command: ./run {params.json}", ""},
        {"command: ./run",
         "warning 3:10 params.x | no command uses the parameter 'x' | write {x} where it belongs; "
         "the environment variable ECOPT_P_X holds it in any case\n"
         "warning 3:44 params.n | no command uses the parameter 'n' | write {n} where it belongs; "
         "the environment variable ECOPT_P_N holds it in any case\n"},
        {"command: ./run {x}",
         "warning 3:44 params.n | no command uses the parameter 'n' | write {n} where it belongs; "
         "the environment variable ECOPT_P_N holds it in any case\n"},
        {"command: ./run {X} {n}",
         "error 1:16 command | nothing is called {X} | did you mean 'x'?\n"},
        {"command: ./run {x} {n} | tee log",
         "error 1:24 command | '|': only a shell understands this | quote it to pass it on as it "
         "is, or run a shell: [sh, -c, '...']\n"},
        {"command: ./run {x} {n} > log",
         "error 1:24 command | '>': only a shell understands this | quote it to pass it on as it "
         "is, or run a shell: [sh, -c, '...']\n"},
        {"command: ./run {x} {n} 'a",
         "error 1:24 command | a quote is not closed | close it, or write \\ before it\n"},
        {"command: ./run {x} {n} \"a",
         "error 1:24 command | a quote is not closed | close it, or write \\ before it\n"},
        {"command: \"./run {x} {n} \\\\\"",
         "error 1:25 command | '\\': nothing follows the backslash | quote it to pass it on as it "
         "is, or run a shell: [sh, -c, '...']\n"},
        {"command: ./run {x} {n} $HOME",
         "error 1:24 command | '$': only a shell understands this | quote it to pass it on as it "
         "is, or run a shell: [sh, -c, '...']\n"},
        {"command: ./run {x} {n} *.c",
         "error 1:24 command | '*': only a shell understands this | quote it to pass it on as it "
         "is, or run a shell: [sh, -c, '...']\n"},
        {"command: ~/run {x} {n}",
         "error 1:10 command | '~': only a shell understands this | quote it to pass it on as it "
         "is, or run a shell: [sh, -c, '...']\n"},
        {"command: A=1 ./run {x} {n}",
         "error 1:10 command | a command cannot begin with 'A=1' | put the variable under env:\n"},
        {"command: [A=1, ./run, '{x}{n}']",
         "error 1:10 command | a command cannot begin with 'A=1' | put the variable under env:\n"},
        {"command: ./a=b {x} {n}", ""},
        {"command: '{x}=3 {n}'", ""},
        {"command: [sh, -c, 'a | b > {x} {n}']", ""},
        {"command:\n"
         "  train: ./run {x} {n}\n"
         "  2nd: ./run",
         "error 3:3 command.2nd | '2nd' cannot be the name of a phase | use letters, digits, '_' "
         "and '-', starting with a letter or '_'\n"},
        {"command:\n"
         "  train: ./run {x} {n}\n"
         "  a.b: ./run",
         "error 3:3 command.a.b | 'a.b' cannot be the name of a phase | use letters, digits, '_' "
         "and '-', starting with a letter or '_'\n"},
        {"command:\n"
         "  train: ./run {x} {n}\n"
         "  train: ./run",
         "error 3:3 command.train | this key is given twice | it stands first in line 2; keep one "
         "of them\n"},
        {"command:\n"
         "  train: {run: './run {x} {n}', timeout: 0}",
         "error 2:42 command.train.timeout | a timeout must be longer than 0 s | leave it out for "
         "no limit\n"},
        {"command:\n"
         "  train: {run: './run {x} {n}', timeout: -3s}",
         "error 2:42 command.train.timeout | a timeout must be longer than 0 s | leave it out for "
         "no limit\n"},
        {"command:\n"
         "  train: {run: './run {x} {n}', timeout: soon}",
         "error 2:42 command.train.timeout | expected a time such as 90s, 10min or 2h, not "
         "'soon'\n"},
        {"command:\n"
         "  train: {timeout: 3s}",
         "error 2:10 command.train | the key 'run' is missing | add e.g. run: ./train --lr {lr}\n"},
        {"command:\n"
         "  train: {run: , timeout: 3s}",
         "error 2:11 command.train.run | expected a text or a list, not nothing | e.g. run: "
         "./train --lr {lr}\n"},
        {"command:\n"
         "  train: {cmd: ./run}",
         "error 2:10 command.train | the key 'run' is missing | add e.g. run: ./train --lr {lr}\n"
         "error 2:11 command.train.cmd | there is no key 'cmd' here | allowed are run, timeout\n"},
        {"command:\n"
         "  train: {run: [./run, '{x}', '{n}', '{q}']}",
         "error 2:39 command.train.run[4] | nothing is called {q} | write {{q}} for the text "
         "itself\n"},
        {"command:\n"
         "  train:\n"
         "    ./run {x}\n"
         "      {n} {q}",
         "error 3:5 command.train | nothing is called {q} | write {{q}} for the text itself\n"},
        {"command:\n"
         "  train: |\n"
         "    ./run {x} \\\n"
         "      {n} {q}",
         "error 3:1 command.train | nothing is called {q} | write {{q}} for the text itself\n"},
        {"command:\n"
         "  train: ./run {x} {n}\n"
         "  timeout: never",
         "error 3:12 command.timeout | expected a time such as 90s, 10min or 2h, not 'never' | "
         "e.g. timeout: 10min\n"},
        {"command:\n"
         "  timeout: 1 h\n"
         "  train: ./run {x} {n}",
         ""},
        {"command: {train: ./run}\n"
         "params: {x: {type: flot}, n: 1}",
         "warning 2:10 params.x | no command uses the parameter 'x' | write {x} where it belongs; "
         "the environment variable ECOPT_P_X holds it in any case\n"
         "error 2:20 params.x.type | expected one of float, int, bool, choice, fixed, not 'flot' | "
         "did you mean 'float'?\n"
         "warning 2:27 params.n | no command uses the parameter 'n' | write {n} where it belongs; "
         "the environment variable ECOPT_P_N holds it in any case\n"},
        {"comand: ./run {x}",
         "error 1:1 comand | there is no key 'comand' here | did you mean 'command'?\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

static void root(void **state)
{
    static const eco_probe_case cases[] = {
        {"study: s\n"
         "budgt: {trials: 3}",
         "error 2:1 budgt | there is no key 'budgt' here | did you mean 'budget'?\n"},
        {"zebra: 1",
         "error 1:1 zebra | there is no key 'zebra' here | allowed are study, seed, command, "
         "params, candidates, metrics, objectives, constraints, budget, meter, profile, carbon, "
         "deployment, "
         "sampler, "
         "env, inherit_env, "
         "secrets, resources, retries, pruning\n"},
        {"'': 1", "error 1:1 | there is no key '' here | allowed are study, seed, command, params, "
                  "candidates, metrics, objectives, constraints, budget, meter, profile, carbon, "
                  "deployment, "
                  "sampler, env, "
                  "inherit_env, secrets, resources, retries, pruning\n"},
        {"study: s\n"
         "study: t",
         "error 2:1 study | this key is given twice | it stands first in line 1; keep one of "
         "them\n"},
        {"meter: {sources: auto, sources: none}",
         "error 1:24 meter.sources | this key is given twice | it stands first in line 1; keep one "
         "of them\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

#define TEST(function) \
    cmocka_unit_test_setup_teardown(function, eco_test_set_up, eco_test_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(command),
        TEST(root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
