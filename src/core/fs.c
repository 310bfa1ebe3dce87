/*
 * Files by system calls, not stdio: every byte that is written and every error is seen where it
 * happens, and tests can make each call fail (tests/integration/io_faults.sh).
 */
#include "core/fs.h"

#include "core/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int eco_fs_write_all(int fd, const void *bytes, size_t n)
{
    const unsigned char *next = bytes;
    while (n > 0) {
        ssize_t written = write(fd, next, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -1;
        next += written;
        n -= (size_t)written;
    }
    return 0;
}

/* errno is read first: formatting the message may change it. */
static ecopt_status fail_errno(ecopt_ctx *ctx, const char *what, const char *path)
{
    int cause = errno;
    ecopt_status status = cause == ENOENT ? ECOPT_E_NOT_FOUND : ECOPT_E_IO;
    return eco_fail(ctx, status, "cannot %s '%s': %s", what, path, strerror(cause));
}

/* Reads to the end: sizes of files in /proc and of growing files cannot be trusted. */
static ecopt_status read_fd(ecopt_ctx *ctx, int fd, const char *path, size_t max_b, eco_str *str)
{
    char chunk[2048];
    for (;;) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_errno(ctx, "read", path);
        if (n == 0)
            return eco_str_status(str);
        eco_str_add_bytes(str, chunk, (size_t)n);
        /* Checked while reading: a program that prints for ever into the file must not fill the
         * memory first. */
        if (str->length > max_b)
            return eco_fail(ctx, ECOPT_E_LIMIT, "'%s' is longer than %zu bytes", path, max_b);
    }
}

/* Length and text are set together at the end, or not at all. */
ecopt_status eco_fs_read(ecopt_ctx *ctx, const char *path, size_t max_b, char **ret_text,
                         size_t *ret_length)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_errno(ctx, "open", path);
    eco_str str = ECO_STR_INIT(ctx);
    ecopt_status status = read_fd(ctx, fd, path, max_b, &str);
    (void)close(fd);
    size_t length = str.length;
    if (status == ECOPT_OK)
        status = eco_str_take(&str, ret_text);
    if (status == ECOPT_OK && ret_length)
        *ret_length = length;
    eco_str_release(&str);
    return status;
}

/* Syncing is what makes a rename mean that the contents are there too. */
static ecopt_status write_file(ecopt_ctx *ctx, const char *path, const char *bytes, size_t n,
                               bool is_synced)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return fail_errno(ctx, "create", path);
    ecopt_status status = ECOPT_OK;
    if (eco_fs_write_all(fd, bytes, n) != 0 || (is_synced && fsync(fd) != 0))
        status = fail_errno(ctx, "write", path);
    /* Network file systems report a full disk only here. */
    if (close(fd) != 0 && status == ECOPT_OK)
        status = fail_errno(ctx, "write", path);
    return status;
}

ecopt_status eco_fs_write(ecopt_ctx *ctx, const char *path, const char *bytes, size_t n)
{
    return write_file(ctx, path, bytes, n, false);
}

ecopt_status eco_fs_replace(ecopt_ctx *ctx, const char *path, const char *bytes, size_t n)
{
    char *aside = eco_asprintf(ctx, "%s.new", path);
    if (!aside)
        return ECOPT_E_NOMEM;
    ecopt_status status = write_file(ctx, aside, bytes, n, true);
    if (status == ECOPT_OK && rename(aside, path) != 0)
        status = fail_errno(ctx, "write", path);
    if (status != ECOPT_OK)
        (void)unlink(aside);
    eco_free(ctx, aside);
    return status;
}

/* Two processes may make the same folder: what counts is that it is there. */
static ecopt_status make_dir(ecopt_ctx *ctx, const char *path)
{
    struct stat info;
    if (mkdir(path, 0777) == 0)
        return ECOPT_OK;
    int cause = errno;
    if (cause == EEXIST && stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return ECOPT_OK;
    return eco_fail(ctx, ECOPT_E_IO, "cannot make folder '%s': %s", path, strerror(cause));
}

ecopt_status eco_fs_make_dirs(ecopt_ctx *ctx, const char *path)
{
    /* Nearly always only the last one is missing: one call instead of two per component. */
    if (mkdir(path, 0777) == 0)
        return ECOPT_OK;
    char *partial = eco_strdup(ctx, path);
    if (!partial)
        return ECOPT_E_NOMEM;
    ecopt_status status = ECOPT_OK;
    /* Each parent in turn, cutting the text at its slashes. */
    for (char *slash = strchr(partial + 1, '/'); slash && status == ECOPT_OK;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        status = make_dir(ctx, partial);
        *slash = '/';
    }
    if (status == ECOPT_OK)
        status = make_dir(ctx, partial);
    eco_free(ctx, partial);
    return status;
}

char *eco_fs_join(ecopt_ctx *ctx, const char *a, const char *b)
{
    if (b[0] == '/' || a[0] == '\0')
        return eco_strdup(ctx, b);
    size_t n = strlen(a);
    return eco_asprintf(ctx, "%s%s%s", a, a[n - 1] == '/' ? "" : "/", b);
}

/* "/x" lies in "/", not in "". */
char *eco_fs_dirname(ecopt_ctx *ctx, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return eco_strdup(ctx, ".");
    return eco_strndup(ctx, path, slash == path ? 1 : (size_t)(slash - path));
}

char *eco_fs_absolute(ecopt_ctx *ctx, const char *path)
{
    if (path[0] == '/')
        return eco_strdup(ctx, path);
    char here[2048];
    if (!getcwd(here, sizeof here)) {
        (void)eco_fail(ctx, ECOPT_E_IO, "cannot tell the working folder: %s", strerror(errno));
        return NULL;
    }
    return strcmp(path, ".") == 0 ? eco_strdup(ctx, here) : eco_fs_join(ctx, here, path);
}
