/*
 * Finding hwmon devices, and finding them again.
 *
 * Layout: kernel Documentation/hwmon/sysfs-interface.rst.  Drivers that register the old way
 * (acpi_power_meter) have their attributes, and before Linux 6.17 their name too, in the folder of
 * the device.
 */
#include "meter/hwmon.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FOLDER "/sys/class/hwmon"

/* A driver reload takes seconds; a rescan reads some twenty small files. */
#define RETRY_S 1.0

int eco_hwmon_folders(const eco_io *io, char (*folders)[32])
{
    return eco_io_list(io, FOLDER, folders, ECO_HWMON_MAX);
}

/* Last part of where the link "device" points: a PCI address, an I2C address, an ACPI name. */
static void read_device(const eco_io *io, const char *folder, char *device, size_t room_b)
{
    char path[ECO_IO_PATH_B], full[ECO_IO_PATH_B], target[256];
    device[0] = '\0';
    (void)snprintf(path, sizeof path, FOLDER "/%.31s/device", folder);
    if (!eco_io_path(io, path, full) || io->link(io->user, full, target, sizeof target) <= 0)
        return;
    const char *slash = strrchr(target, '/');
    (void)snprintf(device, room_b, "%.63s", slash ? slash + 1 : target);
}

bool eco_hwmon_get(const eco_io *io, const char *folder, eco_hwmon *ret)
{
    char path[ECO_IO_PATH_B];
    eco_hwmon found;
    memset(&found, 0, sizeof found);
    (void)snprintf(found.folder, sizeof found.folder, FOLDER "/%.31s", folder);
    (void)snprintf(path, sizeof path, "%s/name", found.folder);
    long n = eco_io_text(io, path, found.name, sizeof found.name);
    bool is_old = n <= 0 || strcmp(found.name, "power_meter") == 0;
    if (n <= 0) {
        (void)snprintf(path, sizeof path, "%s/device/name", found.folder);
        n = eco_io_text(io, path, found.name, sizeof found.name);
    }
    if (n <= 0)
        return false;
    /* A driver of the old kind may have got its name file in the new place all the same. */
    (void)snprintf(path, sizeof path, "%s/power1_average", found.folder);
    if (is_old && eco_io_probe(io, path) == -ENOENT)
        (void)snprintf(found.folder, sizeof found.folder, FOLDER "/%.31s/device", folder);
    read_device(io, folder, found.device, sizeof found.device);
    *ret = found;
    return true;
}

/* The same driver on the same device; whatever took its old number meanwhile is not it. */
static bool find_again(const eco_io *io, eco_hwmon *device)
{
    char folders[ECO_HWMON_MAX][32];
    eco_hwmon found;
    int n = eco_hwmon_folders(io, folders);
    for (int i = 0; i < n; i++) {
        if (!eco_hwmon_get(io, folders[i], &found) || strcmp(found.name, device->name) != 0 ||
            strcmp(found.device, device->device) != 0)
            continue;
        *device = found;
        return true;
    }
    return false;
}

int eco_hwmon_read(const eco_io *io, eco_hwmon *device, eco_held *held, const char *file,
                   int64_t *ret_value)
{
    if (device->is_lost) {
        double now_s = io->now(io->user, ECO_CLOCK_MONOTONIC);
        if (now_s < device->retry_s)
            return -ENODEV;
        device->retry_s = now_s + RETRY_S;
        if (!find_again(io, device))
            return -ENODEV;
    }
    /* Descriptors of a device that was found elsewhere are dead: their path is of the old place. */
    if (held->fd < 0)
        eco_held_init(held, device->folder, file);
    int status = eco_held_i64(io, held, ret_value);
    if (status == -ENODEV || status == -ENOENT || status == -EBADF) {
        device->is_lost = true;
        device->retry_s = 0;
    }
    return status;
}

long eco_hwmon_text(const eco_io *io, const eco_hwmon *device, const char *file, char *text,
                    size_t room_b)
{
    char path[ECO_IO_PATH_B];
    (void)snprintf(path, sizeof path, "%s/%s", device->folder, file);
    return eco_io_text(io, path, text, room_b);
}
