#include "support/fakesys.h"

#include "support/eco_test.h"
#include "support/fake_trees.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* Descriptors of perf events: far from those of files. */
#define EVENT_FD 100000

/* The one device that requests go to. */
#define DEVICE_FD 200000

#define COUNTS_PER_J 4294967296.0

static int fault_of(eco_fake *fake, const char *path, bool on_read)
{
    for (size_t i = 0; i < fake->n_faults; i++) {
        eco_fake_fault *fault = &fake->faults[i];
        if (fault->on_read != on_read || fault->n_left == 0 || !strstr(path, fault->part))
            continue;
        fault->n_left -= fault->n_left > 0;
        return fault->error;
    }
    return 0;
}

static int fake_open(void *user, const char *path)
{
    eco_fake *fake = user;
    int error = fault_of(fake, path, false);
    int fd = error ? error : fake->real.open(NULL, path);
    if (fd >= 0 && fd < ECO_FAKE_FDS)
        (void)snprintf(fake->paths[fd], sizeof fake->paths[fd], "%s", path);
    fake->n_open += fd >= 0;
    return fd;
}

static uint64_t shown_uj(const eco_fake_zone *zone)
{
    uint64_t value = (uint64_t)zone->energy_uj;
    /* The modulus is one unit more than the largest value, which is 2^32 - 1 units. */
    uint64_t unit = (zone->range_uj + 2147483647) / 4294967295u;
    return zone->range_uj ? value % (zone->range_uj + unit) : value;
}

static eco_fake_zone *zone_of(eco_fake *fake, const char *path)
{
    char tail[64];
    for (size_t i = 0; i < fake->n_zones; i++) {
        eco_fake_zone *zone = &fake->zones[i];
        (void)snprintf(tail, sizeof tail, "/%s/energy_uj", zone->zone);
        size_t n = strlen(path), m = strlen(tail);
        if (n >= m && strcmp(path + n - m, tail) == 0)
            return zone;
    }
    return NULL;
}

static int stat_text(const eco_fake *fake, char *text, size_t room_b)
{
    /* Idle and iowait move too: neither is busy time. */
    double ticks = floor(100 * (fake->now_s - 1000));
    int n =
        snprintf(text, room_b, "cpu  %.0f 0 0 %.0f %.0f 0 0 %.0f 0 0\n", floor(fake->busy_s * 100),
                 1000 + ticks, 50 + floor(ticks / 3), 7 + floor(fake->steal_s * 100));
    for (int i = 0; i < (int)fake->cpus; i++)
        n += snprintf(text + n, room_b - (size_t)n, "cpu%d 1 0 0 500 25 0 0 3 0 0\n", i);
    return n + snprintf(text + n, room_b - (size_t)n, "intr 5 6\nctxt 9\n");
}

/* What moves with the clock is made up here: writing files at every step would take the time of a
 * real disk. */
static long live_text(eco_fake *fake, const char *path, char *text, size_t room_b)
{
    const eco_fake_zone *zone = zone_of(fake, path);
    size_t n = strlen(path);
    if (zone && !zone->is_raw)
        return snprintf(text, room_b, "%llu\n", (unsigned long long)shown_uj(zone));
    long live = eco_fake_live_text(fake, path, text, room_b);
    if (live >= 0)
        return live;
    if (fake->cpus > 0 && n >= 10 && strcmp(path + n - 10, "/proc/stat") == 0)
        return stat_text(fake, text, room_b);
    return -1;
}

static long fake_read(void *user, int fd, void *bytes, size_t n, long offset)
{
    eco_fake *fake = user;
    if (fd >= EVENT_FD) {
        eco_fake_event *event = &fake->events[fd - EVENT_FD];
        int error = fault_of(fake, "perf-event", true);
        uint64_t count = (uint64_t)((event->energy_j - event->base_j) * COUNTS_PER_J);
        if (error)
            return error == -ENODATA ? 0 : error;
        if (event->is_negative)
            count = (uint64_t)-5;
        memcpy(bytes, &count, sizeof count);
        return (long)sizeof count;
    }
    char text[512];
    int error = fd < ECO_FAKE_FDS ? fault_of(fake, fake->paths[fd], true) : 0;
    long length =
        error || fd >= ECO_FAKE_FDS ? -1 : live_text(fake, fake->paths[fd], text, sizeof text);
    if (length >= 0) {
        length = (size_t)length < n ? length : (long)n;
        memcpy(bytes, text, (size_t)length);
        return length;
    }
    return error ? error : fake->real.read(NULL, fd, bytes, n, offset);
}

static void fake_close(void *user, int fd)
{
    eco_fake *fake = user;
    fake->n_open--;
    if (fd < EVENT_FD)
        fake->real.close(NULL, fd);
}

static int fake_list(void *user, const char *path, void (*each)(void *arg, const char *name),
                     void *arg)
{
    eco_fake *fake = user;
    return fake->real.list(NULL, path, each, arg);
}

static int fake_perf_open(void *user, uint32_t type, uint64_t config, int cpu)
{
    eco_fake *fake = user;
    if (fake->perf_error < 0)
        return fake->perf_error;
    for (size_t i = 0; i < fake->n_events; i++) {
        eco_fake_event *event = &fake->events[i];
        if (type != 17 || event->config != config || event->cpu != cpu)
            continue;
        event->base_j = event->energy_j;
        fake->n_open++;
        return EVENT_FD + (int)i;
    }
    return -EINVAL;
}

static double fake_now(void *user, eco_clock which)
{
    eco_fake *fake = user;
    if (which == ECO_CLOCK_PROCESS)
        return fake->own_s;
    return fake->now_s + (which == ECO_CLOCK_BOOTTIME ? fake->slept_s : 0);
}

static void fake_sleep(void *user, double time_s)
{
    eco_fake_advance(user, time_s);
}

static void *fake_dlopen(void *user, const char *path)
{
    eco_fake *fake = user;
    void *library = fake->real.dlopen(NULL, path);
    fake->n_libraries += library != NULL;
    return library;
}

static void *fake_dlsym(void *user, void *library, const char *symbol)
{
    eco_fake *fake = user;
    if (fake->hidden_symbol && strcmp(fake->hidden_symbol, symbol) == 0)
        return NULL;
    return fake->real.dlsym(NULL, library, symbol);
}

static void fake_dlclose(void *user, void *library)
{
    eco_fake *fake = user;
    fake->n_libraries--;
    fake->real.dlclose(NULL, library);
}

static long fake_link(void *user, const char *path, char *target, size_t room_b)
{
    eco_fake *fake = user;
    int error = fault_of(fake, path, false);
    return error ? error : fake->real.link(NULL, path, target, room_b);
}

/* Devices of a made-up machine are answered by the test's own functions. */
static int fake_open_device(void *user, const char *path)
{
    eco_fake *fake = user;
    int error = fault_of(fake, path, false);
    if (error || !fake->answer)
        return error ? error : -ENOENT;
    fake->n_open++;
    (void)snprintf(fake->paths[ECO_FAKE_FDS - 1], sizeof fake->paths[0], "%s", path);
    return DEVICE_FD;
}

static int fake_request(void *user, int fd, unsigned long code, void *argument)
{
    eco_fake *fake = user;
    return fd == DEVICE_FD ? fake->answer(fake, code, argument) : -ENOTTY;
}

static int fake_wait(void *user, int fd, double timeout_s)
{
    (void)timeout_s;
    const eco_fake *fake = user;
    return fd == DEVICE_FD ? fake->wait_error : -EBADF;
}

static long fake_http_get(void *user, const eco_http_request *request, char *body, size_t room_b)
{
    eco_fake *fake = user;
    body[0] = '\0';
    return fake->respond ? fake->respond(fake, request, body, room_b) : -ECONNREFUSED;
}

static int fake_run(void *user, const eco_spawn_request *request, char *out, size_t room_b)
{
    eco_fake *fake = user;
    out[0] = '\0';
    return fake->execute ? fake->execute(fake, request, out, room_b) : -ENOENT;
}

static long fake_ask(void *user, const char *path, double timeout_s, char *text, size_t room_b)
{
    (void)timeout_s;
    eco_fake *fake = user;
    text[0] = '\0';
    return fake->speak ? fake->speak(fake, path, text, room_b) : -ENOENT;
}

void eco_fake_init(eco_fake *fake)
{
    memset(fake, 0, sizeof *fake);
    eco_test_temp_dir(fake->root);
    fake->real = eco_io_system("");
    fake->now_s = 1000;
    fake->io = (eco_io){
        .user = fake,
        .root = fake->root,
        .open = fake_open,
        .read = fake_read,
        .close = fake_close,
        .list = fake_list,
        .perf_open = fake_perf_open,
        .now = fake_now,
        .sleep = fake_sleep,
        .dlopen = fake_dlopen,
        .dlsym = fake_dlsym,
        .dlclose = fake_dlclose,
        .link = fake_link,
        .open_device = fake_open_device,
        .request = fake_request,
        .wait = fake_wait,
        .http_get = fake_http_get,
        .run = fake_run,
        .ask = fake_ask,
    };
}

void eco_fake_release(eco_fake *fake)
{
    eco_test_remove_dir(fake->root);
}

void eco_fake_file(eco_fake *fake, const char *path, const char *text)
{
    eco_fake_zone *zone = zone_of(fake, path);
    if (zone)
        zone->is_raw = true;
    eco_fake_still(fake, path);
    eco_test_write_file(fake->root, path + 1, text);
}

static void zone_file(eco_fake *fake, const char *zone, const char *file, const char *text)
{
    char path[128];
    (void)snprintf(path, sizeof path, "/sys/class/powercap/%s/%s", zone, file);
    eco_fake_file(fake, path, text);
}

eco_fake_zone *eco_fake_add_zone(eco_fake *fake, const char *name_of_zone, const char *name,
                                 uint64_t range_uj, double power_w)
{
    assert_true(fake->n_zones < ECO_FAKE_ZONES);
    eco_fake_zone *zone = &fake->zones[fake->n_zones++];
    char text[64];
    (void)snprintf(zone->zone, sizeof zone->zone, "%s", name_of_zone);
    zone->range_uj = range_uj;
    zone->power_w = power_w;
    zone->energy_uj = 5e9;
    (void)snprintf(text, sizeof text, "%s\n", name);
    zone_file(fake, zone->zone, "name", text);
    (void)snprintf(text, sizeof text, "%llu\n", (unsigned long long)range_uj);
    zone_file(fake, zone->zone, "max_energy_range_uj", text);
    zone_file(fake, zone->zone, "constraint_0_power_limit_uw", "150000000\n");
    /* For those who read the tree with the real functions. */
    zone_file(fake, zone->zone, "energy_uj", "5000000000\n");
    zone->is_raw = false;
    return zone;
}

void eco_fake_add_pmu(eco_fake *fake, const char *cpumask)
{
    eco_fake_file(fake, "/sys/bus/event_source/devices/power/type", "17\n");
    eco_fake_file(fake, "/sys/bus/event_source/devices/power/cpumask", cpumask);
}

static void event_file(eco_fake *fake, const char *event, const char *suffix, const char *text)
{
    char path[128];
    (void)snprintf(path, sizeof path, "/sys/bus/event_source/devices/power/events/%s%s", event,
                   suffix);
    eco_fake_file(fake, path, text);
}

eco_fake_event *eco_fake_add_event(eco_fake *fake, const char *name, uint64_t config, int cpu,
                                   double power_w)
{
    assert_true(fake->n_events < ECO_FAKE_EVENTS);
    eco_fake_event *event = &fake->events[fake->n_events++];
    char text[64];
    event->config = config;
    event->cpu = cpu;
    event->power_w = power_w;
    (void)snprintf(text, sizeof text, "event=0x%02llx\n", (unsigned long long)config);
    event_file(fake, name, "", text);
    event_file(fake, name, ".unit", "Joules\n");
    event_file(fake, name, ".scale", "2.3283064365386962890625e-10\n");
    return event;
}

void eco_fake_add_fault(eco_fake *fake, const char *part, int error, bool on_read, int n)
{
    assert_true(fake->n_faults < ECO_FAKE_FAULTS);
    fake->faults[fake->n_faults++] = (eco_fake_fault){part, error, on_read, n};
}

void eco_fake_advance(eco_fake *fake, double time_s)
{
    fake->now_s += time_s;
    for (size_t i = 0; i < fake->n_zones; i++) {
        eco_fake_zone *zone = &fake->zones[i];
        zone->energy_uj += zone->is_stuck ? 0 : 1e6 * zone->power_w * time_s;
    }
    for (size_t i = 0; i < fake->n_events; i++)
        fake->events[i].energy_j += fake->events[i].power_w * time_s;
    for (size_t i = 0; i < fake->n_live; i++)
        fake->live[i].value += fake->live[i].rate * time_s;
    fake->busy_s += fake->load * time_s;
    fake->steal_s += fake->steal * time_s;
}

void eco_fake_laptop(eco_fake *fake)
{
    const uint64_t range = 262143328850u;
    eco_fake_add_zone(fake, "intel-rapl:0", "package-0", range, 10);
    eco_fake_add_zone(fake, "intel-rapl:0:0", "core", range, 6);
    eco_fake_add_zone(fake, "intel-rapl:0:1", "uncore", range, 1);
    eco_fake_add_zone(fake, "intel-rapl:1", "psys", range, 12);
    eco_fake_add_zone(fake, "intel-rapl-mmio:0", "package-0", range, 10);
}

void eco_fake_server(eco_fake *fake)
{
    const uint64_t range = 262143328850u, dram = 65712999613u;
    eco_fake_add_zone(fake, "intel-rapl:0", "package-0", range, 80);
    eco_fake_add_zone(fake, "intel-rapl:0:0", "dram", dram, 8);
    eco_fake_add_zone(fake, "intel-rapl:1", "package-1", range, 70);
    eco_fake_add_zone(fake, "intel-rapl:1:0", "dram", dram, 7);
    eco_fake_file(fake, "/sys/devices/system/cpu/cpu0/topology/physical_package_id", "0\n");
    eco_fake_file(fake, "/sys/devices/system/cpu/cpu18/topology/physical_package_id", "1\n");
}

void eco_fake_guest(eco_fake *fake)
{
    eco_fake_add_pmu(fake, "0\n");
    char text[512];
    fake->cpus = 2;
    (void)stat_text(fake, text, sizeof text);
    eco_fake_file(fake, "/proc/stat", text);
}
