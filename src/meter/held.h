/*
 * A small file of sysfs that is read again and again: its descriptor is held, and the path is kept
 * beside it for a driver that is unloaded and comes back.
 *
 * Call order: eco_held_init, then eco_held_text or eco_held_i64 as often as wanted (the first one
 * opens), eco_held_close.  Owner: the struct owns its descriptor.  Threads: one at a time.  No
 * allocation.
 */
#ifndef ECO_METER_HELD_H
#define ECO_METER_HELD_H

#include "meter/io.h"

/** Longest path below the root that a held file has. */
#define ECO_HELD_PATH_B 160

typedef struct eco_held {
    int fd; /* -1 = not open now */
    char path[ECO_HELD_PATH_B];
} eco_held;

/** Sets the path (below the io's root) of "folder/file"; nothing is opened. */
void eco_held_init(eco_held *held, const char *folder, const char *file);

/**
 * Text of the file, NUL-terminated, trailing white space cut.
 *
 * An error that means that the descriptor is dead (ENODEV, ENOENT, EBADF) closes it, so that the
 * next call opens the path anew; others (EIO) may pass.
 *
 * @return length > 0, -ENODATA when the file is empty, or -errno; text is "" on failure
 */
long eco_held_text(const eco_io *io, eco_held *held, char *text, size_t room_b);

/** Decimal number with an optional minus sign; 0, -EINVAL (not one number) or as eco_held_text. */
int eco_held_i64(const eco_io *io, eco_held *held, int64_t *ret_value);

/** The same of a file that is read once. */
int eco_held_once(const eco_io *io, const char *folder, const char *file, int64_t *ret_value);

/** Closes the descriptor, if there is one; the path stays. */
void eco_held_close(const eco_io *io, eco_held *held);

#endif
