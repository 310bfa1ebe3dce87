/*
 * Held files: one descriptor each, opened late and reopened when its device comes back.
 *
 * sysfs makes the text anew for every read at offset 0, so the descriptor spares the path walk of
 * every reading; and it goes on pointing at its own device when another one takes over the path.
 */
#include "meter/held.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

void eco_held_init(eco_held *held, const char *folder, const char *file)
{
    held->fd = -1;
    /* A path that does not fit would be another file: it is made one that does not exist. */
    int n = snprintf(held->path, sizeof held->path, "%s/%s", folder, file);
    if (n < 0 || (size_t)n >= sizeof held->path)
        held->path[0] = '\0';
}

long eco_held_text(const eco_io *io, eco_held *held, char *text, size_t room_b)
{
    text[0] = '\0';
    if (held->path[0] == '\0')
        return -ENAMETOOLONG;
    if (held->fd < 0) {
        int fd = eco_io_open(io, held->path);
        if (fd < 0)
            return fd;
        held->fd = fd;
    }
    long n = io->read(io->user, held->fd, text, room_b - 1, 0);
    if (n == -ENODEV || n == -ENOENT || n == -EBADF)
        eco_held_close(io, held);
    if (n < 0) {
        text[0] = '\0';
        return n;
    }
    text[n] = '\0';
    while (n > 0 && isspace((unsigned char)text[n - 1]))
        text[--n] = '\0';
    return n > 0 ? n : -ENODATA;
}

/* Sensors of current and of temperature go below zero; counters and powers are judged later. */
static int parse_i64(const char *text, int64_t *ret_value)
{
    bool is_negative = text[0] == '-';
    uint64_t value = 0;
    if (!eco_io_parse_u64(text + (is_negative ? 1 : 0), &value) || value > INT64_MAX)
        return -EINVAL;
    *ret_value = is_negative ? -(int64_t)value : (int64_t)value;
    return 0;
}

int eco_held_i64(const eco_io *io, eco_held *held, int64_t *ret_value)
{
    char text[64];
    long n = eco_held_text(io, held, text, sizeof text);
    return n < 0 ? (int)n : parse_i64(text, ret_value);
}

int eco_held_once(const eco_io *io, const char *folder, const char *file, int64_t *ret_value)
{
    eco_held held;
    eco_held_init(&held, folder, file);
    int status = eco_held_i64(io, &held, ret_value);
    eco_held_close(io, &held);
    return status;
}

void eco_held_close(const eco_io *io, eco_held *held)
{
    if (held->fd >= 0)
        io->close(io->user, held->fd);
    held->fd = -1;
}
