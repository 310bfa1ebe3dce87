/*
 * Files and folders: whole-file reads with a limit, atomic writes, folder creation.
 *
 * Every failure names the path and the system's reason.  Threads: as the context.
 */
#ifndef ECO_CORE_FS_H
#define ECO_CORE_FS_H

#include "core/ctx.h"

/** Largest document (study file, result file) that is read whole. */
#define ECO_DOCUMENT_MAX_B ((size_t)16 * 1024 * 1024)

/**
 * Reads a regular file of at most `max_b` bytes.
 *
 * @param[out] ret_text   NUL-terminated contents, caller frees with eco_free
 * @param[out] ret_length bytes without the NUL; may be NULL
 * @return ECOPT_OK, ECOPT_E_NOT_FOUND, ECOPT_E_IO (permission, a folder, a read error),
 *         ECOPT_E_LIMIT (longer than max_b), ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_fs_read(ecopt_ctx *ctx, const char *path, size_t max_b,
                                      char **ret_text, size_t *ret_length);

/**
 * Writes a file anew, in place: for files that nobody reads while they are written.  Not synced:
 * what must survive a power cut is in the store.
 *
 * @return ECOPT_OK, ECOPT_E_NOT_FOUND (the folder), ECOPT_E_IO (also no space; what is there then
 *         is short)
 */
ECOPT_NODROP ecopt_status eco_fs_write(ecopt_ctx *ctx, const char *path, const char *bytes,
                                       size_t n);

/**
 * Writes a file so that readers find the old contents or the new ones, also after a power cut: a
 * file beside it (`path` with .new behind it) is written, synced and renamed.  For one writer.
 *
 * @return as eco_fs_write; what was there is untouched on failure
 */
ECOPT_NODROP ecopt_status eco_fs_replace(ecopt_ctx *ctx, const char *path, const char *bytes,
                                         size_t n);

/** Makes a folder and its parents (mode 0777 less umask); an existing folder is fine. */
ECOPT_NODROP ecopt_status eco_fs_make_dirs(ecopt_ctx *ctx, const char *path);

/** `a/b`, or b alone when it is absolute or a is empty.  NULL on no memory; free with eco_free. */
char *eco_fs_join(ecopt_ctx *ctx, const char *a, const char *b);

/** Folder part of a path ("." when there is none).  NULL on no memory; free with eco_free. */
char *eco_fs_dirname(ecopt_ctx *ctx, const char *path);

/** Absolute form of a path that need not exist (no link is resolved).  NULL on failure. */
char *eco_fs_absolute(ecopt_ctx *ctx, const char *path);

/** Writes all n bytes, retrying short writes and EINTR.  0, or -1 with errno. */
int eco_fs_write_all(int fd, const void *bytes, size_t n);

#endif
