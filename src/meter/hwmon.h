/*
 * Devices below /sys/class/hwmon: found by name and device, never by number, because the number
 * changes with the order in which drivers load; and what their sensors measure.
 *
 * Call order: eco_hwmon_list; eco_hwmon_sensors for each device; then one eco_hwmon_sensor per
 * channel is read by hwmon.c and jetson.c through eco_hwmon_read.  Owner: plain structs, no
 * memory of their own but the descriptor inside eco_held.  Threads: one at a time.
 * Limits: the first ECO_HWMON_MAX folders in the order of their names.
 */
#ifndef ECO_METER_HWMON_H
#define ECO_METER_HWMON_H

#include "meter/held.h"
#include "meter/source.h"

enum { ECO_HWMON_MAX = 64, ECO_HWMON_SENSORS = 4 };

/** One device. */
typedef struct eco_hwmon {
    char folder[64]; /* that holds the attributes: ".../hwmon3", of old drivers ".../hwmon3/device"
                      */
    char name[32];   /* of the driver, e.g. "amdgpu" */
    char device[64]; /* what its `device` link ends in, e.g. "0000:03:00.0"; "" = no link */
    bool is_lost;    /* its files went away: to be found again */
    double retry_s;  /* not before this time */
} eco_hwmon;

/** What one attribute of a device measures. */
typedef struct eco_hwmon_sensor {
    char file[32];
    bool is_power; /* microwatts now; else microjoules since some time */
    eco_scope scope;
    char domain[64];
    ecopt_quality quality;
    double period_s;    /* between two updates */
    double power_max_w; /* more is impossible; 0 = default */
    double gain_lo, gain_hi;
    bool may_rest;
} eco_hwmon_sensor;

/** Names of the folders, sorted; count or -errno. */
int eco_hwmon_folders(const eco_io *io, char (*folders)[32]);

/** Device of one folder, e.g. "hwmon3"; false when it has no name. */
bool eco_hwmon_get(const eco_io *io, const char *folder, eco_hwmon *ret);

/**
 * Sensors of energy and power of a device that are worth listing, at most ECO_HWMON_SENSORS.
 *
 * @param[in]  set  what was found before: on a chip with graphics inside, the sensor covers the
 *                  CPU too and stands for it where no counter does
 */
int eco_hwmon_sensors(const eco_channel_set *set, const eco_hwmon *device,
                      eco_hwmon_sensor sensors[ECO_HWMON_SENSORS]);

/**
 * Number in an attribute; a device that went away is looked for again, at most once a second.
 *
 * @return 0, -ENODEV while it is away, or as eco_held_i64
 */
int eco_hwmon_read(const eco_io *io, eco_hwmon *device, eco_held *held, const char *file,
                   int64_t *ret_value);

/** Text of an attribute that is read once, "" when it is not there; length or -errno. */
long eco_hwmon_text(const eco_io *io, const eco_hwmon *device, const char *file, char *text,
                    size_t room_b);

#endif
