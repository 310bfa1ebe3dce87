/*
 * Shared object for LD_PRELOAD that makes one file operation of a program fail, as a disk would.
 *
 * Environment:
 *   ECOPT_FAULT_PROGRAM  only in the program of this short name (its children go unharmed)
 *   ECOPT_FAULT_PATH     only operations on files whose path holds this text
 *   ECOPT_FAULT_AT       number of the operation that fails, from 0; unset: none, only counted
 *   ECOPT_FAULT_ERRNO    ENOSPC, EIO or EDQUOT
 *   ECOPT_FAULT_STICKY   1: every later operation fails too, as on a disk that stays full
 *   ECOPT_FAULT_LOG      file that gets one line per operation that failed: its name and its path
 *
 * Operations: open for writing, write, pwrite, fsync, fdatasync, ftruncate, rename, mkdir, flock.
 * What goes through stdio is not seen: the library writes its files by these calls alone, and so
 * does SQLite.  For one thread; the meter's thread writes no file.
 */
/* The tree is compiled with hidden visibility; what is replaced here must be seen. */
#pragma GCC visibility push(default)
#include "failing_files.h"

#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>

static long n_operations; /* of this process that matched */

static int cause_of(const char *name)
{
    return name && strcmp(name, "EIO") == 0      ? EIO
           : name && strcmp(name, "EDQUOT") == 0 ? EDQUOT
                                                 : ENOSPC;
}

static void note(const char *operation, const char *path)
{
    const char *log = getenv("ECOPT_FAULT_LOG");
    char line[PATH_B + 64];
    int n = snprintf(line, sizeof line, "%s %s\n", operation, path);
    /* By system call: the interposed functions would count it. */
    long fd = log ? syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND, 0666) : -1;
    if (fd < 0)
        return;
    (void)syscall(SYS_write, fd, line, (size_t)n);
    (void)syscall(SYS_close, fd);
}

/* Counts an operation on a path; true with errno set when it is to fail. */
static bool fails_path(const char *operation, const char *path)
{
    const char *program = getenv("ECOPT_FAULT_PROGRAM"), *pattern = getenv("ECOPT_FAULT_PATH");
    const char *at = getenv("ECOPT_FAULT_AT"), *sticky = getenv("ECOPT_FAULT_STICKY");
    if (program && strcmp(program, program_invocation_short_name) != 0)
        return false;
    if (!pattern || !strstr(path, pattern))
        return false;
    long number = n_operations++;
    long wanted = at ? strtol(at, NULL, 10) : -1;
    if (!at || number < wanted || (number > wanted && !(sticky && strcmp(sticky, "1") == 0)))
        return false;
    note(operation, path);
    errno = cause_of(getenv("ECOPT_FAULT_ERRNO"));
    return true;
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    REAL(write);
    return fails_fd("write", fd) ? -1 : real.function(fd, bytes, n);
}

int rename(const char *from, const char *to)
{
    REAL(rename);
    return fails_path("rename", to) ? -1 : real.function(from, to);
}

int flock(int fd, int operation)
{
    REAL(flock);
    return fails_fd("flock", fd) ? -1 : real.function(fd, operation);
}
