/*
 * Three things may be named where a study is meant: its file, its folder (NAME.ecopt), or the
 * folder that both stand in.  And the file may be gone or broken while the study is fine.  All of
 * that is decided here; commands get a definition or a snapshot, or an exit code after all was
 * said.
 *
 * Two ways lead in, for two kinds of command. Those that only look (cli_reading_open) go by the
 * folder and take the definition that the store kept; those that go on with a study
 * (cli_definition_open) go by the file, which the user may have edited, and the library judges
 * whether it still is the same study.
 */
#include "study_files.h"

#include "exit_code.h"
#include "message.h"
#include "quantity.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Follows links: a study folder may stand on another disk. */
static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* By its store, not by its name: folders may be renamed. */
static bool is_study_folder(const char *path)
{
    int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return false;
    bool has_store = faccessat(folder, "study.db", F_OK, 0) == 0;
    (void)close(folder);
    return has_store;
}

/* The one study folder beside a file that is gone or cannot be read; NULL when there is none or
 * more than one. With more than one, going on with any of them would be a guess about somebody's
 * results. */
static char *folder_beside(const char *file)
{
    const char *slash = strrchr(file, '/');
    int length = slash ? (int)(slash - file) + 1 : 0;
    char pattern[1024]; /* a longer name only means that nothing is found */
    int n = snprintf(pattern, sizeof pattern, "%.*s*.ecopt", length, file);
    if (n < 0 || n >= (int)sizeof pattern)
        return NULL;
    glob_t found;
    if (glob(pattern, 0, NULL, &found) != 0)
        return NULL;
    char *only = NULL;
    size_t matches = 0;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        if (!is_study_folder(found.gl_pathv[i]))
            continue;
        if (matches++ == 0)
            only = strdup(found.gl_pathv[i]);
    }
    globfree(&found);
    if (matches == 1)
        return only;
    free(only);
    return NULL;
}

/* Folder NAME.ecopt of the study file; NULL (said on stderr, *ret_code set) when that cannot be
 * known. The definition is read without a voice: its remarks are of no interest to who only wants
 * to see a table. Only when nothing else is found does its failure come out. */
static char *folder_of_file(cli_state *cli, const char *file, int *ret_code)
{
    ecopt_definition *definition = NULL;
    ecopt_status status = ecopt_definition_load(cli->ctx, file, NULL, NULL, &definition);
    char *folder = NULL;
    if (status == ECOPT_OK) {
        if (asprintf(&folder, "%s/%s.ecopt", definition->dir, definition->name) < 0)
            folder = NULL;
        ecopt_definition_free(cli->ctx, definition);
        if (!folder) {
            cli_error(cli, "out of memory");
            *ret_code = CLI_EXIT_ERROR;
        }
        return folder;
    }
    folder = folder_beside(file);
    if (folder) {
        /* It need not be the study that was meant: only its own name tells, and that is lost. */
        cli_note(cli, "note: '%s' %s; this is the study in '%s'", file,
                 status == ECOPT_E_NOT_FOUND ? "is gone" : "cannot be read", folder);
        return folder;
    }
    *ret_code = cli_fail(cli, status);
    if (status == ECOPT_E_NOT_FOUND && ecopt_ctx_errhint(cli->ctx)[0] == '\0')
        cli_hint(cli, "name the study file, or its folder with --dir");
    return NULL;
}

/* The caller frees it; NULL, said on stderr, on no memory. */
static char *copy_text(cli_state *cli, const char *text, int *ret_code)
{
    char *copy = strdup(text);
    if (!copy) {
        cli_error(cli, "out of memory");
        *ret_code = CLI_EXIT_ERROR;
    }
    return copy;
}

/* FOLDER/study.yaml when it is there; the caller frees it. No memory looks like no file, and the
 * message that follows is then about that. */
static char *file_in(const char *folder)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", folder, CLI_STUDY_FILE) < 0)
        return NULL;
    if (access(path, F_OK) == 0)
        return path;
    free(path);
    return NULL;
}

/* A file that is named need not exist: reading it says so in its own words. */
int cli_study_file(cli_state *cli, const char *file, char **ret_path)
{
    int code = CLI_EXIT_OK;
    char *path = file && is_folder(file) ? file_in(file)
                                         : copy_text(cli, file ? file : CLI_STUDY_FILE, &code);
    if (path) {
        *ret_path = path;
        return CLI_EXIT_OK;
    }
    if (code == CLI_EXIT_OK) {
        cli_error(cli, "there is no %s in the folder '%s'", CLI_STUDY_FILE, file);
        cli_hint(cli, "'ecopt init' writes one to start from");
        code = CLI_EXIT_USAGE;
    }
    return code;
}

/* Study folder that a folder means: itself, that of its study.yaml, or the only one in it. The
 * store comes first: what has one is meant itself, whatever else lies in it. */
static char *folder_of_folder(cli_state *cli, const char *given, int *ret_code)
{
    if (is_study_folder(given))
        return copy_text(cli, given, ret_code);
    char *path = file_in(given);
    char *folder = NULL;
    if (path) {
        folder = folder_of_file(cli, path, ret_code);
        free(path);
        return folder;
    }
    if (asprintf(&path, "%s/", given) >= 0) {
        folder = folder_beside(path);
        free(path);
    }
    /* Without any, the folder itself is what is then said to hold no study. */
    return folder ? folder : copy_text(cli, given, ret_code);
}

/* Study folder of a command line; the caller frees it. --dir wins over everything: it is the one
 * way to name a folder whose file says something else. */
static char *find_folder(cli_state *cli, const cli_args *args, const char *file, int *ret_code)
{
    const char *dir = cli_args_text(args, "dir");
    if (dir)
        return copy_text(cli, dir, ret_code);
    if (file && is_folder(file))
        return folder_of_folder(cli, file, ret_code);
    return folder_of_file(cli, file ? file : CLI_STUDY_FILE, ret_code);
}

/* For commands that are called again and again, or that only look: warnings are the business of
 * check and run, and only what makes a study unreadable matters. */
static void report_error(void *user, const ecopt_diagnostic *diagnostic)
{
    if (diagnostic->is_error)
        cli_diagnostic(user, diagnostic);
}

/* What a study ran under: a table shows that, also while the file is being edited. */
static int read_kept(cli_state *cli, const char *dir, const ecopt_snapshot *snapshot,
                     ecopt_definition **ret_definition)
{
    ecopt_status status =
        ecopt_definition_kept(cli->ctx, dir, snapshot, report_error, cli, ret_definition);
    return status == ECOPT_OK ? CLI_EXIT_OK : cli_fail(cli, status);
}

/* There is no store in `dir`. Not a mistake of the command line: the words were right, and a run
 * would change the answer. */
static int refuse_folder(cli_state *cli, const char *dir)
{
    cli_error(cli, "there is no study in '%s'", dir);
    cli_hint(cli, "'ecopt run' starts one");
    return CLI_EXIT_ERROR;
}

int cli_study_folder(cli_state *cli, const cli_args *args, const char *file, char **ret_dir)
{
    int code = CLI_EXIT_OK;
    char *dir = find_folder(cli, args, file, &code);
    if (!dir)
        return code;
    if (!is_study_folder(dir)) {
        code = refuse_folder(cli, dir);
        free(dir);
        return code;
    }
    *ret_dir = dir;
    return CLI_EXIT_OK;
}

/* The definition is the store's and not the file's: a table shows what the trials ran under, also
 * while the file is being edited. What was opened before a failure is in ret_reading, for the
 * caller's release. */
int cli_reading_open(cli_state *cli, const cli_args *args, const char *file,
                     cli_reading *ret_reading)
{
    memset(ret_reading, 0, sizeof *ret_reading);
    int code = CLI_EXIT_OK;
    ret_reading->dir = find_folder(cli, args, file, &code);
    if (!ret_reading->dir)
        return code;
    if (!is_study_folder(ret_reading->dir))
        return refuse_folder(cli, ret_reading->dir);
    ecopt_status status = ecopt_snapshot_load(cli->ctx, ret_reading->dir, &ret_reading->snapshot);
    if (status == ECOPT_E_NOT_FOUND)
        return refuse_folder(cli, ret_reading->dir);
    if (status != ECOPT_OK)
        return cli_fail(cli, status);
    return read_kept(cli, ret_reading->dir, ret_reading->snapshot, &ret_reading->definition);
}

void cli_reading_release(cli_state *cli, cli_reading *reading)
{
    ecopt_definition_free(cli->ctx, reading->definition);
    ecopt_snapshot_free(cli->ctx, reading->snapshot);
    free(reading->dir);
    memset(reading, 0, sizeof *reading);
}

/* Definition of a study whose file is gone. */
static int definition_kept(cli_state *cli, const char *dir, ecopt_definition **ret_definition)
{
    ecopt_snapshot *snapshot = NULL;
    ecopt_status status = ecopt_snapshot_load(cli->ctx, dir, &snapshot);
    if (status != ECOPT_OK)
        return cli_fail(cli, status);
    int code = read_kept(cli, dir, snapshot, ret_definition);
    ecopt_snapshot_free(cli->ctx, snapshot);
    return code;
}

/* Reads a study file; what is wrong goes to stderr, and what `receive` lets through of its remarks.
 * The hint is left to the library where it has a better one. */
static int load_file(cli_state *cli, const char *path, ecopt_diagnostic_fn receive,
                     ecopt_definition **ret_definition)
{
    ecopt_status status = ecopt_definition_load(cli->ctx, path, receive, cli, ret_definition);
    if (status == ECOPT_OK)
        return CLI_EXIT_OK;
    int code = cli_fail(cli, status);
    if (status == ECOPT_E_NOT_FOUND && ecopt_ctx_errhint(cli->ctx)[0] == '\0')
        cli_hint(cli, "'ecopt init' writes a study file to start from");
    return code;
}

/* The folder's study.yaml, which the user edits, before the copy that a study keeps. */
static int open_in_folder(cli_state *cli, const char *folder, ecopt_diagnostic_fn receive,
                          ecopt_definition **ret_definition)
{
    char *path = file_in(folder);
    int code = CLI_EXIT_OK;
    if (!path && is_study_folder(folder))
        return definition_kept(cli, folder, ret_definition);
    if (!path)
        code = cli_study_file(cli, folder, &path);
    if (code == CLI_EXIT_OK)
        code = load_file(cli, path, receive, ret_definition);
    free(path);
    return code;
}

/* True for study.yaml, wherever: the name that nobody has to type. */
static bool is_usual_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strcmp(slash ? slash + 1 : path, CLI_STUDY_FILE) == 0;
}

/* Any other name is as likely a slip as a file that is gone, and what follows may take hours: the
 * study that may be meant has to be named. */
static int refuse_missing(cli_state *cli, const char *path, const char *beside)
{
    cli_error(cli, "'%s' does not exist", path);
    cli_hint(cli, "to go on with the study in '%s', name that folder: it keeps its definition",
             beside);
    return CLI_EXIT_USAGE;
}

static int go_on(cli_state *cli, const char *path, const char *beside,
                 ecopt_definition **ret_definition)
{
    cli_note(cli, "'%s' is gone; going on with the definition kept in '%s'", path, beside);
    return definition_kept(cli, beside, ret_definition);
}

/* The file first, as it is what the user edits; the kept text only where study.yaml is gone and one
 * folder alone can be meant, and then it is said. */
int cli_definition_open(cli_state *cli, const cli_args *args, const char *file, bool has_remarks,
                        ecopt_definition **ret_definition)
{
    ecopt_diagnostic_fn receive = has_remarks ? cli_diagnostic : report_error;
    const char *dir = cli_args_text(args, "dir");
    const char *path = file ? file : CLI_STUDY_FILE;
    if (!file && dir && is_study_folder(dir))
        return definition_kept(cli, dir, ret_definition);
    if (file && is_folder(file))
        return open_in_folder(cli, file, receive, ret_definition);
    /* Gone, not unreadable: a file that is there but cannot be read is the user's to mend, and
     * going on with an older text would hide it. */
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        char *beside = folder_beside(path);
        if (beside) {
            int code = is_usual_name(path) ? go_on(cli, path, beside, ret_definition)
                                           : refuse_missing(cli, path, beside);
            free(beside);
            return code;
        }
    }
    return load_file(cli, path, receive, ret_definition);
}

/* The flag, else the variable, else one. The variable is checked here only, as the table of options
 * knows nothing of it, and only by commands that open a study. */
static int read_threads(cli_state *cli, const cli_args *args, size_t *ret_threads)
{
    const char *flag = cli_args_text(args, "threads");
    const char *text = flag ? flag : cli->threads;
    int64_t n = 1;
    if (text && !cli_parse_count(text, 1, ECOPT_MAX_THREADS, &n)) {
        cli_error(cli, "%s: '%s' is not a whole number from 1 to %d",
                  flag ? "--threads" : "ECOPT_THREADS", text, ECOPT_MAX_THREADS);
        return CLI_EXIT_USAGE;
    }
    *ret_threads = (size_t)n;
    return CLI_EXIT_OK;
}

/* Every failure is told here, so that ask, tell and run say the same about a study in use. */
int cli_study_open(cli_state *cli, const cli_args *args, const ecopt_definition *definition,
                   ecopt_study **ret_study)
{
    ecopt_study_options options = ECOPT_STUDY_OPTIONS_INIT;
    int code = read_threads(cli, args, &options.n_threads);
    if (code != CLI_EXIT_OK)
        return code;
    options.dir = cli_args_text(args, "dir");
    options.accepts_change = cli_args_has(args, "accept-change");
    options.retries_failed = cli_args_has(args, "retry-failed");
    options.system_root = cli->system_root;
    options.nvml_path = cli->nvml_path;
    options.calibration_path = cli->calibration_path;
    ecopt_status status = ecopt_study_open(cli->ctx, definition, &options, ret_study);
    return status == ECOPT_OK ? CLI_EXIT_OK : cli_fail(cli, status);
}
