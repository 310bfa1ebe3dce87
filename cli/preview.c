/*
 * What comes next depends on what was tried, and only the sampler knows.  So it is asked, but on a
 * copy: the study's files (or none) are copied into a temporary folder, points are asked for there,
 * and the folder is removed.  The study itself keeps no trace, needs no lock, and may be running.
 *
 * The copy holds the store only: folders of trials are not needed to choose points, and may be
 * large.
 */
#include "preview.h"

#include "message.h"

#include <ecopt/study.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* For nftw: what cannot be removed stays, there is nobody to tell. */
static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    (void)remove(path);
    return 0;
}

/* A file that is not there is no failure: a store that was closed well has no log. The target is
 * new and ours (O_EXCL in a folder of mode 0700), so nothing can be written over. A short write is
 * a full disk here and ends the copy. */
static bool copy_file(int from, int to, const char *name)
{
    int in = openat(from, name, O_RDONLY | O_CLOEXEC);
    if (in < 0)
        return errno == ENOENT;
    int out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    char block[2048];
    ssize_t n = out < 0 ? -1 : 1;
    while (n > 0) {
        n = read(in, block, sizeof block);
        if (n > 0 && write(out, block, (size_t)n) != n)
            n = -1;
    }
    (void)close(in);
    if (out >= 0 && close(out) < 0)
        n = -1;
    return n == 0;
}

/* The store's file and its write-ahead log; the log's index is made anew. The two files are copied
 * one after the other, while a run may write: the store's check at opening is there for a copy that
 * does not fit together, which costs the preview and nothing else. */
static bool copy_store(const char *from, const char *to)
{
    int source = open(from, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (source < 0)
        return errno == ENOENT;
    int target = open(to, O_PATH | O_DIRECTORY | O_CLOEXEC);
    bool is_fine = target >= 0 && copy_file(source, target, "study.db") &&
                   copy_file(source, target, "study.db-wal");
    (void)close(source);
    if (target >= 0)
        (void)close(target);
    return is_fine;
}

/* The point as text and each phase's command line. One line per phase: a script that was passed as
 * an argument may have many, and is cut behind its first. */
static ecopt_status write_trial(ecopt_ctx *ctx, const ecopt_definition *definition,
                                const ecopt_trial *trial, FILE *file)
{
    double *x = calloc(ecopt_space_n_params(definition->space), sizeof *x);
    if (!x)
        return ECOPT_E_NOMEM;
    fprintf(file, "trial %lld (%s): %s\n", (long long)trial->id, trial->origin, trial->point);
    ecopt_status status = ecopt_space_parse_point(ctx, definition->space, trial->point, x);
    for (size_t i = 0; i < definition->n_phases && status == ECOPT_OK; i++) {
        char *text = NULL;
        status = ecopt_definition_expand(ctx, definition, i, x, &text);
        if (status == ECOPT_OK) {
            size_t length = strcspn(text, "\n");
            fprintf(file, "  %s: %.*s%s\n", definition->phases[i].name, (int)length, text,
                    text[length] == '\n' && text[length + 1] ? " ..." : "");
        }
        ecopt_text_free(ctx, text);
    }
    free(x);
    return status;
}

/* Asks n points of the study in `dir` and writes those that are new. Trials that were waiting
 * already are claimed first, as a run would do. A space with fewer points left than were asked for
 * gives those that there are. */
static int write_trials(cli_state *cli, const ecopt_definition *definition, const char *dir,
                        int64_t n, FILE *file)
{
    ecopt_study_options options = ECOPT_STUDY_OPTIONS_INIT;
    options.dir = dir;
    ecopt_study *study = NULL;
    ecopt_snapshot *snapshot = NULL;
    ecopt_status status = ecopt_study_open(cli->ctx, definition, &options, &study);
    int64_t first = 0;
    for (int64_t i = 0; i < n && status == ECOPT_OK; i++) {
        char *point = NULL;
        int64_t trial = 0;
        status = ecopt_study_ask(study, &trial, &point);
        ecopt_text_free(cli->ctx, point);
        /* The lowest of the claimed numbers: trials are shown from it on. */
        if (i == 0 && status == ECOPT_OK)
            first = trial;
    }
    if (status == ECOPT_E_EXHAUSTED) {
        /* Not a word about trials that are over: a study that has some shows them elsewhere. */
        if (first == 0)
            cli_warning(cli, "no new point was found%s",
                        ecopt_space_n_constraints(definition->space) > 0
                            ? " that keeps the constraints on parameters"
                            : "");
        status = ECOPT_OK;
    }
    if (status == ECOPT_OK)
        status = ecopt_study_snapshot(study, &snapshot);
    for (size_t i = 0; status == ECOPT_OK && i < snapshot->n_trials; i++)
        /* Later numbers that are over stand behind a trial that was put back: not news. */
        if (first > 0 && snapshot->trials[i].id >= first &&
            snapshot->trials[i].state == ECOPT_TRIAL_RUNNING)
            status = write_trial(cli->ctx, definition, &snapshot->trials[i], file);
    int code = status == ECOPT_OK ? CLI_EXIT_OK : cli_fail(cli, status);
    ecopt_snapshot_free(cli->ctx, snapshot);
    (void)ecopt_study_close(study);
    return code;
}

/* The temporary folder is removed whatever happens; only kill -9 leaves it behind, and then it is
 * in a place that is cleaned. A relative TMPDIR is not taken: it would mean another folder for
 * every place the program is started from. */
int cli_preview(cli_state *cli, const ecopt_definition *definition, const char *dir, int64_t n,
                FILE *file)
{
    const char *base = getenv("TMPDIR");
    char temporary[PATH_MAX / 4];
    int length = snprintf(temporary, sizeof temporary, "%s/ecopt-preview-XXXXXX",
                          base && base[0] == '/' ? base : "/tmp");
    if (length < 0 || length >= (int)sizeof temporary || !mkdtemp(temporary)) {
        cli_error(cli, "cannot make a temporary folder: %s", strerror(errno));
        return CLI_EXIT_ERROR;
    }
    int code = CLI_EXIT_OK;
    if (dir && !copy_store(dir, temporary)) {
        cli_error(cli, "cannot copy the study of '%s' to '%s'", dir, temporary);
        code = CLI_EXIT_ERROR;
    }
    if (code == CLI_EXIT_OK)
        code = write_trials(cli, definition, temporary, n, file);
    (void)nftw(temporary, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    return code;
}
