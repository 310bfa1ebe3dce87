/*
 * A missing program is the commonest reason why a first study fails, and without this it is told by
 * five failed trials.  The search repeats what the library does in a trial (eco_process_find):
 * there is no call for it in the public headers, as only a person needs the answer beforehand.
 */
#include "program_check.h"

#include "message.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What stands at a path, in the order of what is worth more: `search` keeps the largest. */
typedef enum finding { IS_ABSENT, IS_NO_PROGRAM, IS_PROGRAM } finding;

/* A folder can be "executed" too, as far as access() is concerned. */
static finding look_at(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return IS_ABSENT;
    return S_ISREG(status.st_mode) && access(path, X_OK) == 0 ? IS_PROGRAM : IS_NO_PROGRAM;
}

/* `name` seen from `folder`.  A path that is too long for us may be none for the kernel either. An
 * empty entry of PATH is the folder itself, which is what leaving out the name between the slashes
 * comes to. */
static finding look_in(const char *dir, const char *folder, size_t length, const char *name)
{
    char path[PATH_MAX / 4];
    /* A relative entry is seen from the study's folder, as the trial's processes would see it. */
    bool is_absolute = length > 0 && folder[0] == '/';
    int n = is_absolute ? snprintf(path, sizeof path, "%.*s/%s", (int)length, folder, name)
                        : snprintf(path, sizeof path, "%s/%.*s%s%s", dir, (int)length, folder,
                                   length > 0 ? "/" : "", name);
    return n > 0 && n < (int)sizeof path ? look_at(path) : IS_PROGRAM;
}

/* Along PATH; relative entries are seen from the study's folder, where its commands start. A file
 * that is there but not executable is remembered, for saying so helps more than saying that there
 * is none. */
static finding search(const char *dir, const char *name)
{
    const char *entry = getenv("PATH");
    finding best = IS_ABSENT;
    if (!entry)
        entry = "/usr/local/bin:/usr/bin:/bin"; /* what the library takes then */
    for (;;) {
        size_t length = strcspn(entry, ":");
        finding found = look_in(dir, entry, length, name);
        if (found > best)
            best = found;
        if (best == IS_PROGRAM || entry[length] == '\0')
            return best;
        entry += length + 1;
    }
}

/* A PATH of the study's own is a template: what it will be is not known here. */
static bool has_own_path(const ecopt_definition *definition)
{
    for (size_t i = 0; i < definition->n_env; i++)
        if (strncmp(definition->env[i], "PATH=", 5) == 0)
            return true;
    return false;
}

/* IS_PROGRAM also where nothing can be said. A name with a place for a parameter is known only when
 * a trial starts. One with a slash is not searched for, as execvp would not either. */
static finding find_program(const ecopt_definition *definition, const char *name)
{
    if (name[0] == '\0' || strchr(name, '{'))
        return IS_PROGRAM;
    if (name[0] == '/')
        return look_at(name);
    if (strchr(name, '/'))
        return look_in(definition->dir, "", 0, name);
    return has_own_path(definition) ? IS_PROGRAM : search(definition->dir, name);
}

/* A relative name says little without the folder it was looked for in. */
static void warn(cli_state *cli, const ecopt_definition *definition, const ecopt_phase *phase,
                 finding found)
{
    const char *name = phase->args[0];
    if (found == IS_NO_PROGRAM)
        cli_warning(cli, "command.%s: '%s' is not executable", phase->name, name);
    else if (!strchr(name, '/'))
        cli_warning(cli, "command.%s: there is no program '%s' on PATH", phase->name, name);
    else if (name[0] == '/')
        cli_warning(cli, "command.%s: there is no program '%s'", phase->name, name);
    else
        cli_warning(cli, "command.%s: there is no program '%s' in '%s'", phase->name, name,
                    definition->dir);
}

/* Warnings and no errors: the program may be built by an earlier phase, and the trial itself has
 * the last word. */
size_t cli_program_check(cli_state *cli, const ecopt_definition *definition)
{
    size_t n = 0;
    for (size_t i = 0; i < definition->n_phases; i++) {
        const ecopt_phase *phase = &definition->phases[i];
        finding found = phase->n_args > 0 ? find_program(definition, phase->args[0]) : IS_PROGRAM;
        if (found == IS_PROGRAM)
            continue;
        warn(cli, definition, phase, found);
        n++;
    }
    return n;
}
