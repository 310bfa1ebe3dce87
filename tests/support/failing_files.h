/*
 * Functions that change files, replaced by ones that ask first whether to fail; for the shared
 * objects of LD_PRELOAD among the tests.
 *
 * Who includes this in a .c of its own defines `static bool fails_path(const char *operation, const
 * char *path)`, true with errno set when that operation on that file is to fail; it must hold no
 * lock and call none of the functions replaced here.  write, read and what else is special stay
 * with the includer, who may ask fails_fd.  The tree is compiled with hidden visibility: include it
 * under `#pragma GCC visibility push(default)`.
 */
#ifndef ECO_FAILING_FILES_H
#define ECO_FAILING_FILES_H

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_B = 1024 };

/* The real function behind an interposed one; a union because ISO C has no such cast. */
#define REAL(name)                    \
    union {                           \
        void *object;                 \
        __typeof__(&(name)) function; \
    } real = {.object = dlsym(RTLD_NEXT, #name)}

static bool fails_path(const char *operation, const char *path);

static bool fails_fd(const char *operation, int fd)
{
    char link[64], path[PATH_B];
    int saved = errno;
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    errno = saved;
    if (n <= 0)
        return false;
    path[n] = '\0';
    return fails_path(operation, path);
}

static int open_any(const char *path, int flags, mode_t mode)
{
    REAL(open64);
    if ((flags & O_ACCMODE) != O_RDONLY && fails_path("open", path))
        return -1;
    return real.function(path, flags, mode);
}

static mode_t mode_of(int flags, va_list args)
{
    return flags & O_CREAT ? va_arg(args, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = mode_of(flags, args);
    va_end(args);
    return open_any(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = mode_of(flags, args);
    va_end(args);
    return open_any(path, flags, mode);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    REAL(pwrite);
    return fails_fd("pwrite", fd) ? -1 : real.function(fd, bytes, n, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
    REAL(pwrite64);
    return fails_fd("pwrite", fd) ? -1 : real.function(fd, bytes, n, at);
}

int fsync(int fd)
{
    REAL(fsync);
    return fails_fd("fsync", fd) ? -1 : real.function(fd);
}

int fdatasync(int fd)
{
    REAL(fdatasync);
    return fails_fd("fdatasync", fd) ? -1 : real.function(fd);
}

int ftruncate(int fd, off_t n)
{
    REAL(ftruncate);
    return fails_fd("ftruncate", fd) ? -1 : real.function(fd, n);
}

int ftruncate64(int fd, off64_t n)
{
    REAL(ftruncate64);
    return fails_fd("ftruncate", fd) ? -1 : real.function(fd, n);
}

int mkdir(const char *path, mode_t mode)
{
    REAL(mkdir);
    return fails_path("mkdir", path) ? -1 : real.function(path, mode);
}

#endif
