/*
 * Everything a meter asks of the machine, as one table of functions, so that tests can put a fake
 * tree, a virtual clock or a fault in its place.
 *
 * eco_io_system gives the real one, eco_io_files its harmless part.  The root is a prefix for /sys,
 * /proc and /dev; "" is the real root.  No function here uses the context: the sampling thread
 * calls them.  Results below zero are negated errno values.  Threads: the system table may be used
 * by several at once.
 */
#ifndef ECO_METER_IO_H
#define ECO_METER_IO_H

#include "meter/http.h"
#include "meter/spawn.h"
#include "meter/unix_ask.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Longest path with its root. */
#define ECO_IO_PATH_B 384

/** Clocks: of the machine awake, of the machine asleep or awake, CPU time of this process. */
typedef enum eco_clock { ECO_CLOCK_MONOTONIC, ECO_CLOCK_BOOTTIME, ECO_CLOCK_PROCESS } eco_clock;

typedef struct eco_io {
    void *user;       /* handed to every function */
    const char *root; /* never NULL; borrowed */
    /** Opens for reading, close-on-exec; descriptor or -errno. */
    int (*open)(void *user, const char *path);
    /** Reads n bytes at `offset` (-1: at the current place); bytes or -errno. */
    long (*read)(void *user, int fd, void *bytes, size_t n, long offset);
    void (*close)(void *user, int fd);
    /** Calls `each` with every name in a folder but "." and ".."; 0 or -errno. */
    int (*list)(void *user, const char *path, void (*each)(void *arg, const char *name), void *arg);
    /** perf_event_open of a counting event on one CPU, all processes; descriptor or -errno. */
    int (*perf_open)(void *user, uint32_t type, uint64_t config, int cpu);
    double (*now)(void *user, eco_clock which); /* [s] */
    void (*sleep)(void *user, double time_s);
    void *(*dlopen)(void *user, const char *path); /* NULL on failure */
    void *(*dlsym)(void *user, void *library, const char *symbol);
    void (*dlclose)(void *user, void *library);
    /** Target of a symbolic link, NUL-terminated, cut to room_b; length or -errno. */
    long (*link)(void *user, const char *path, char *target, size_t room_b);
    /** Opens a device for requests (read and write), close-on-exec; descriptor or -errno. */
    int (*open_device)(void *user, const char *path);
    /** ioctl; 0 or -errno. */
    int (*request)(void *user, int fd, unsigned long code, void *argument);
    /** Waits until fd can be read; 0, -ETIMEDOUT or -errno. */
    int (*wait)(void *user, int fd, double timeout_s);
    /** As eco_http_get: status of HTTP or -errno. */
    long (*http_get)(void *user, const eco_http_request *request, char *body, size_t room_b);
    /** As eco_spawn_run: exit status or -errno. */
    int (*run)(void *user, const eco_spawn_request *request, char *out, size_t room_b);
    /** As eco_unix_ask: length of the answer or -errno. */
    long (*ask)(void *user, const char *path, double timeout_s, char *text, size_t room_b);
} eco_io;

/** The real machine below `root` (NULL = ""); root is borrowed. */
eco_io eco_io_system(const char *root);

/** Of the real machine only files, perf events and clocks; the other functions are NULL. */
eco_io eco_io_files(const char *root);

/** root + path into room of ECO_IO_PATH_B; false when it does not fit. */
bool eco_io_path(const eco_io *io, const char *path, char full[ECO_IO_PATH_B]);

/** Opens root + path; descriptor or -errno. */
int eco_io_open(const eco_io *io, const char *path);

/**
 * Reads a small file (first room_b - 1 bytes), NUL-terminated, trailing white space cut.
 * @return length >= 0, or -errno; text is "" on failure
 */
long eco_io_text(const eco_io *io, const char *path, char *text, size_t room_b);

/** Decimal uint64 of a small file; 0, -errno, or -EINVAL when it is not one number. */
int eco_io_u64(const eco_io *io, const char *path, uint64_t *ret_value);

/** Decimal uint64 of an open file re-read from its start; as eco_io_u64, -ENODATA when empty. */
int eco_io_fd_u64(const eco_io *io, int fd, uint64_t *ret_value);

/** Whole of text (trailing white space allowed) as a decimal uint64. */
bool eco_io_parse_u64(const char *text, uint64_t *ret_value);

/** Whether root + path can be opened; 0 or -errno. */
int eco_io_probe(const eco_io *io, const char *path);

/** Names in a folder, sorted as text, at most room_n of at most 31 bytes; count or -errno. */
int eco_io_list(const eco_io *io, const char *path, char (*names)[32], int room_n);

#endif
