/*
 * What all sources share above the machine: paths under a root, small numbers in small files, so
 * that each of them fails alike on the same malformed file.
 */
#include "meter/io.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The root is a prefix, not a folder to be joined: "" and "/x" both work without a slash more.
 * A path that was cut would be another file: it counts as failure instead. */
bool eco_io_path(const eco_io *io, const char *path, char full[ECO_IO_PATH_B])
{
    int n = snprintf(full, ECO_IO_PATH_B, "%s%s", io->root, path);
    return n >= 0 && n < ECO_IO_PATH_B;
}

int eco_io_open(const eco_io *io, const char *path)
{
    char full[ECO_IO_PATH_B];
    return eco_io_path(io, path, full) ? io->open(io->user, full) : -ENAMETOOLONG;
}

/* access(2) would ask for the real user and know nothing of faults injected by tests. */
int eco_io_probe(const eco_io *io, const char *path)
{
    int fd = eco_io_open(io, path);
    if (fd < 0)
        return fd;
    io->close(io->user, fd);
    return 0;
}

/* White space at the start is kept: it would be malformed for every reader here.
 * Files of sysfs end in a newline, some in blanks. */
static void cut_white_end(char *text, size_t n)
{
    while (n > 0 && isspace((unsigned char)text[n - 1]))
        text[--n] = '\0';
}

/* A file longer than the room is cut: what is read here are one-line files and the head of
 * /proc/stat. */
long eco_io_text(const eco_io *io, const char *path, char *text, size_t room_b)
{
    text[0] = '\0';
    int fd = eco_io_open(io, path);
    if (fd < 0)
        return fd;
    long n = io->read(io->user, fd, text, room_b - 1, 0);
    io->close(io->user, fd);
    if (n < 0) {
        text[0] = '\0';
        return n;
    }
    text[n] = '\0';
    cut_white_end(text, strlen(text));
    return (long)strlen(text);
}

bool eco_io_parse_u64(const char *text, uint64_t *ret_value)
{
    /* strtoull takes signs and white space; a counter has neither. */
    if (!isdigit((unsigned char)text[0]))
        return false;
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    while (isspace((unsigned char)*end))
        end++;
    /* ERANGE: a value of more than 64 bits is no counter of any kernel. */
    if (errno != 0 || *end != '\0')
        return false;
    *ret_value = value;
    return true;
}

/* Negative, signed, hexadecimal and fractional numbers are all malformed for a counter. */
int eco_io_u64(const eco_io *io, const char *path, uint64_t *ret_value)
{
    char text[64];
    long n = eco_io_text(io, path, text, sizeof text);
    if (n < 0)
        return (int)n;
    return eco_io_parse_u64(text, ret_value) ? 0 : -EINVAL;
}

/* sysfs makes its text anew for every read at offset 0, so a held descriptor is enough and
 * spares the path walk. */
int eco_io_fd_u64(const eco_io *io, int fd, uint64_t *ret_value)
{
    char text[64];
    long n = io->read(io->user, fd, text, sizeof text - 1, 0);
    if (n < 0)
        return (int)n;
    if (n == 0)
        return -ENODATA;
    text[n] = '\0';
    return eco_io_parse_u64(text, ret_value) ? 0 : -EINVAL;
}

typedef struct name_list {
    char (*names)[32];
    int n, room_n;
} name_list;

/* Longer names and those beyond the room are left out: no kernel folder that is read here has
 * such. */
static void add_name(void *arg, const char *name)
{
    name_list *list = arg;
    if (list->n >= list->room_n || strlen(name) >= sizeof list->names[0])
        return;
    /* Insertion keeps them sorted: the order of a folder is the kernel's whim. */
    int at = list->n++;
    for (; at > 0 && strcmp(list->names[at - 1], name) > 0; at--)
        memcpy(list->names[at], list->names[at - 1], sizeof list->names[0]);
    (void)snprintf(list->names[at], sizeof list->names[0], "%s", name);
}

/* Kernel folders are flat and small; a fixed table does. */
int eco_io_list(const eco_io *io, const char *path, char (*names)[32], int room_n)
{
    char full[ECO_IO_PATH_B];
    name_list list = {names, 0, room_n};
    if (!eco_io_path(io, path, full))
        return -ENAMETOOLONG;
    int status = io->list(io->user, full, add_name, &list);
    return status < 0 ? status : list.n;
}
