/*
 * A machine made up for tests: a folder with kernel-shaped /sys and /proc files, a virtual clock,
 * energy that flows as time advances, and faults on demand.
 *
 * Call order: eco_fake_init, a shape (eco_fake_laptop, ...) or single zones, then a meter opened on
 * fake.io; eco_fake_advance lets time pass; eco_fake_release.  Faults are injected through the io
 * table because tests run as root, whom file modes do not stop.
 */
#ifndef ECO_FAKESYS_H
#define ECO_FAKESYS_H

#include "meter/io.h"

enum {
    ECO_FAKE_ZONES = 12,
    ECO_FAKE_EVENTS = 12,
    ECO_FAKE_FAULTS = 8,
    ECO_FAKE_FDS = 64,
    ECO_FAKE_LIVE = 32
};

/** A file whose number follows the virtual clock; see support/fake_trees.h. */
typedef struct eco_fake_live {
    char path[160];
    double value, rate; /* now, and per second */
    const char *suffix; /* behind the number: "\n", " J\n" */
} eco_fake_live;

/** A powercap zone whose energy_uj follows the virtual clock. */
typedef struct eco_fake_zone {
    char zone[32];
    uint64_t range_uj; /* max_energy_range_uj */
    double power_w;
    double energy_uj; /* not wrapped */
    bool is_stuck;
    bool is_raw; /* a test wrote the file: show that instead */
} eco_fake_zone;

/** A perf energy event; the count starts at 0 when it is opened. */
typedef struct eco_fake_event {
    uint64_t config;
    int cpu;
    double power_w;
    double energy_j;
    double base_j;    /* energy_j when opened */
    bool is_negative; /* shows a count below zero, as after a reset */
} eco_fake_event;

/** Management controller behind /dev/ipmi0; see eco_fake_dcmi. */
typedef struct eco_fake_bmc {
    double power_w;
    int code;       /* completion code of the answers */
    int n_stale;    /* answers to older requests that come first */
    int length_b;   /* of the answer; 19 when whole */
    int send_error; /* sending gives this, when negative */
    int n_requests;
    long msgid;       /* of the last request */
    bool is_inactive; /* it does not measure now */
} eco_fake_bmc;

/** Open or read of a path that contains `part` gives `error` while n_left != 0. */
typedef struct eco_fake_fault {
    const char *part;
    int error;    /* negative errno */
    bool on_read; /* else on open */
    int n_left;   /* times to go; negative: for ever */
} eco_fake_fault;

typedef struct eco_fake eco_fake;

struct eco_fake {
    eco_io io;
    eco_io real;
    char root[256];
    double now_s, slept_s; /* CLOCK_MONOTONIC and how far BOOTTIME is ahead */
    size_t n_zones, n_events, n_faults;
    eco_fake_zone zones[ECO_FAKE_ZONES];
    eco_fake_event events[ECO_FAKE_EVENTS];
    eco_fake_fault faults[ECO_FAKE_FAULTS];
    char paths[ECO_FAKE_FDS][256]; /* by descriptor */
    int perf_error;                /* perf_open gives this, when negative */
    size_t n_live;
    eco_fake_live live[ECO_FAKE_LIVE];
    int n_open;                /* descriptors given out and not closed */
    int n_libraries;           /* libraries loaded and not closed */
    const char *hidden_symbol; /* dlsym does not find it */
    double busy_s, cpus;       /* of /proc/stat, 100 ticks a second */
    double load;               /* busy CPUs */
    double steal_s, steal;     /* stolen CPU time, and its rate */
    double own_s;              /* CPU time of the metering process */
    /** Answers requests to a device; NULL: there is no device.  0 or -errno. */
    int (*answer)(eco_fake *fake, unsigned long code, void *argument);
    eco_fake_bmc bmc;
    int wait_error; /* what waiting for the device gives */
    /** Answers requests over the network; NULL: nobody is there.  Status of HTTP or -errno. */
    long (*respond)(eco_fake *fake, const eco_http_request *request, char *body, size_t room_b);
    /** Stands in for programs; NULL: none can be found.  Exit status or -errno. */
    int (*execute)(eco_fake *fake, const eco_spawn_request *request, char *out, size_t room_b);
    /** Answers on sockets of this machine; NULL: nobody listens.  Length or -errno. */
    long (*speak)(eco_fake *fake, const char *path, char *text, size_t room_b);
};

void eco_fake_init(eco_fake *fake);
void eco_fake_release(eco_fake *fake);

/** Writes root/path; a zone's energy_uj shows this text from then on. */
void eco_fake_file(eco_fake *fake, const char *path, const char *text);

/** Adds a powercap zone, e.g. ("intel-rapl:0", "package-0", 262143328850, 20.0). */
eco_fake_zone *eco_fake_add_zone(eco_fake *fake, const char *zone, const char *name,
                                 uint64_t range_uj, double power_w);

/** Adds the power PMU with type 17 and a cpumask. */
void eco_fake_add_pmu(eco_fake *fake, const char *cpumask);

/** Adds an event to the PMU, e.g. ("energy-pkg", 2, cpu 0, 20 W). */
eco_fake_event *eco_fake_add_event(eco_fake *fake, const char *event, uint64_t config, int cpu,
                                   double power_w);

void eco_fake_add_fault(eco_fake *fake, const char *part, int error, bool on_read, int n);

/** Lets time pass in one step: clock, zones, events, /proc/stat. */
void eco_fake_advance(eco_fake *fake, double time_s);

/** Laptop: psys 12 W above package 10 W with core 6 W and uncore 1 W, and the MMIO duplicate. */
void eco_fake_laptop(eco_fake *fake);

/** Two sockets, package 80 and 70 W, dram 8 and 7 W below them. */
void eco_fake_server(eco_fake *fake);

/** Cloud guest: a power PMU without events, no powercap, /proc/stat of 2 CPUs. */
void eco_fake_guest(eco_fake *fake);

#endif
