/*
 * Pause, resume, stop.
 *
 * The wish lies in the store and is read by each run before it starts a trial: no process has to be
 * found, it reaches runs of other machines, and it holds for a run that was started a moment later.
 * Only "now" needs a signal, as a running trial looks at nothing but its flag; that reaches the
 * processes of this machine, and the wish the others.
 */
#include "study/control.h"

#include "core/fs.h"
#include "core/str.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A paused run looks four times a second: resuming seems immediate, and asking costs nothing. */
enum { LOOK_MS = 250, SLICE_MS = 25 };

ecopt_status eco_control_begin(ecopt_study *study, eco_control *ret_control)
{
    ecopt_wanted wanted = ECOPT_WANTED_RUN;
    eco_control control = {.wanted_n = 0};
    ECO_TRY(eco_store_get_wanted(study->store, &wanted, &control.wanted_n));
    if (wanted == ECOPT_WANTED_PAUSE) {
        (void)eco_fail(study->ctx, ECOPT_E_STORE_LOCKED, "study '%s' is paused", study->dir);
        return eco_hint(study->ctx, ECOPT_E_STORE_LOCKED, "'ecopt resume' lets it go on");
    }
    *ret_control = control;
    return ECOPT_OK;
}

/* In slices, so that Ctrl-C is seen at once also where the handler restarts what it interrupts. */
static void wait_a_little(const volatile sig_atomic_t *stop)
{
    const struct timespec slice = {0, SLICE_MS * 1000000L};
    for (int ms = 0; ms < LOOK_MS && !(stop && *stop); ms += SLICE_MS)
        (void)nanosleep(&slice, NULL);
}

/* A stop from before this run began is over: who starts a run after it wants it to run. */
ecopt_status eco_control_look(ecopt_study *study, eco_control *control,
                              const volatile sig_atomic_t *stop, eco_control_verdict *ret_verdict)
{
    ecopt_wanted wanted = ECOPT_WANTED_RUN;
    int64_t n = 0;
    ECO_TRY(eco_store_get_wanted(study->store, &wanted, &n));
    bool is_paused = wanted == ECOPT_WANTED_PAUSE;
    if (is_paused != control->is_paused)
        eco_log(study->ctx, ECOPT_LOG_INFO, is_paused ? "paused" : "goes on");
    control->is_paused = is_paused;
    if (is_paused)
        wait_a_little(stop);
    *ret_verdict = is_paused                                              ? ECO_CONTROL_WAIT
                   : wanted == ECOPT_WANTED_STOP && n > control->wanted_n ? ECO_CONTROL_STOP
                                                                          : ECO_CONTROL_GO;
    return ECOPT_OK;
}

/* ---- from outside ---- */

ecopt_status ecopt_study_want(ecopt_ctx *ctx, const char *dir, ecopt_wanted wanted,
                              ecopt_wanted *ret_before)
{
    char *path = eco_fs_join(ctx, dir, "study.db");
    if (!path)
        return ECOPT_E_NOMEM;
    eco_store *store = NULL;
    ecopt_wanted before = ECOPT_WANTED_RUN;
    ecopt_status status = eco_store_open(ctx, path, ECO_STORE_WRITE, &store);
    if (status == ECOPT_OK)
        status = eco_store_set_wanted(store, wanted, &before);
    ecopt_status closed = eco_store_close(store);
    if (status == ECOPT_OK)
        status = closed;
    eco_free(ctx, path);
    if (status == ECOPT_OK && ret_before)
        *ret_before = before;
    return status;
}

/* True for a supervisor of a running phase, which holds the lock for its tuner and ends with it. */
static bool is_supervisor(int64_t pid)
{
    char path[64], name[32] = "";
    (void)snprintf(path, sizeof path, "/proc/%lld/comm", (long long)pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    bool is_read = fgets(name, sizeof name, file) != NULL;
    (void)fclose(file);
    return is_read && strncmp(name, "eco-watch", 9) == 0;
}

/* True when one of the process's open files is that one. Processes of other users cannot be looked
 * into and are none of ours. */
static bool has_open(int64_t pid, const struct stat *target)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%lld/fd", (long long)pid);
    DIR *list = opendir(path);
    bool is_found = false;
    for (struct dirent *entry = list ? readdir(list) : NULL; entry && !is_found;
         entry = readdir(list)) {
        struct stat found;
        is_found = fstatat(dirfd(list), entry->d_name, &found, 0) == 0 &&
                   found.st_dev == target->st_dev && found.st_ino == target->st_ino;
    }
    if (list)
        (void)closedir(list);
    return is_found;
}

/* All processes are looked at and not those that a file names: a number that was written down may
 * long be another's, an open lock is a fact. */
static size_t signal_holders(const struct stat *lock, int number)
{
    size_t n = 0;
    DIR *list = opendir("/proc");
    for (struct dirent *entry = list ? readdir(list) : NULL; entry; entry = readdir(list)) {
        int64_t pid = 0;
        if (!eco_parse_int(entry->d_name, &pid) || pid == getpid() || !has_open(pid, lock) ||
            is_supervisor(pid))
            continue;
        n += number == 0 || kill((pid_t)pid, number) == 0;
    }
    if (list)
        (void)closedir(list);
    return n;
}

ecopt_status ecopt_study_signal(ecopt_ctx *ctx, const char *dir, int signal, size_t *ret_n)
{
    if (!dir || !ret_n || signal < 0)
        return eco_fail(ctx, ECOPT_E_ARG, "a study folder and a signal are needed");
    char *path = eco_fs_join(ctx, dir, "lock");
    if (!path)
        return ECOPT_E_NOMEM;
    struct stat lock;
    /* A study without a lock was never run. */
    *ret_n = stat(path, &lock) == 0 ? signal_holders(&lock, signal) : 0;
    eco_free(ctx, path);
    return ECOPT_OK;
}
