#include "support/fake_trees.h"

#include "support/eco_test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ipmi.h>
#include <unistd.h>

#define HWMON "/sys/class/hwmon/hwmon%d"

static long show(const eco_fake_live *live, char *text, size_t room_b)
{
    return snprintf(text, room_b, "%lld%s", (long long)floor(live->value), live->suffix);
}

static bool ends_in(const char *path, const char *tail)
{
    size_t n = strlen(path), m = strlen(tail);
    return m > 0 && n >= m && strcmp(path + n - m, tail) == 0;
}

eco_fake_live *eco_fake_add_live(eco_fake *fake, const char *path, double value, double rate,
                                 const char *suffix)
{
    char text[64];
    assert_true(fake->n_live < ECO_FAKE_LIVE);
    eco_fake_live live = {.value = value, .rate = rate, .suffix = suffix};
    (void)show(&live, text, sizeof text);
    /* For those who read the tree with the real functions; written before it comes to life. */
    eco_fake_file(fake, path, text);
    (void)snprintf(live.path, sizeof live.path, "%s", path);
    fake->live[fake->n_live] = live;
    return &fake->live[fake->n_live++];
}

eco_fake_live *eco_fake_find_live(eco_fake *fake, const char *path)
{
    for (size_t i = 0; i < fake->n_live; i++)
        if (strcmp(fake->live[i].path, path) == 0)
            return &fake->live[i];
    print_error("no live file '%s'\n", path);
    assert_true(false);
    return &fake->live[0];
}

long eco_fake_live_text(const eco_fake *fake, const char *path, char *text, size_t room_b)
{
    for (size_t i = 0; i < fake->n_live; i++)
        if (ends_in(path, fake->live[i].path))
            return show(&fake->live[i], text, room_b);
    return -1;
}

void eco_fake_still(eco_fake *fake, const char *path)
{
    for (size_t i = 0; i < fake->n_live; i++)
        if (strcmp(fake->live[i].path, path) == 0)
            fake->live[i].path[0] = '\0';
}

void eco_fake_link(eco_fake *fake, const char *path, const char *target)
{
    char full[512];
    /* Writing a file makes the folders; the link then takes its place. */
    eco_fake_file(fake, path, "");
    (void)snprintf(full, sizeof full, "%s%s", fake->root, path);
    assert_int_equal(unlink(full), 0);
    assert_int_equal(symlink(target, full), 0);
}

void eco_fake_move(eco_fake *fake, const char *from, const char *to)
{
    char old_path[512], new_path[512];
    size_t n = strlen(from);
    (void)snprintf(old_path, sizeof old_path, "%s%s", fake->root, from);
    (void)snprintf(new_path, sizeof new_path, "%s%s", fake->root, to);
    assert_int_equal(rename(old_path, new_path), 0);
    for (size_t i = 0; i < fake->n_live; i++) {
        char path[160];
        if (strncmp(fake->live[i].path, from, n) != 0 || fake->live[i].path[n] != '/')
            continue;
        (void)snprintf(path, sizeof path, "%s%.100s", to, fake->live[i].path + n);
        (void)snprintf(fake->live[i].path, sizeof fake->live[i].path, "%s", path);
    }
}

void eco_fake_hwmon_file(eco_fake *fake, int number, const char *file, const char *text)
{
    char path[128];
    (void)snprintf(path, sizeof path, HWMON "/%s", number, file);
    eco_fake_file(fake, path, text);
}

eco_fake_live *eco_fake_hwmon_live(eco_fake *fake, int number, const char *file, double value,
                                   double rate)
{
    char path[128];
    (void)snprintf(path, sizeof path, HWMON "/%s", number, file);
    return eco_fake_add_live(fake, path, value, rate, "\n");
}

/* As in the kernel: the folder of the device exists, and the class entry links to it. */
static void link_device(eco_fake *fake, int number, const char *device)
{
    char path[128], text[160];
    (void)snprintf(path, sizeof path, "/sys/devices/%s/uevent", device);
    eco_fake_file(fake, path, "");
    (void)snprintf(path, sizeof path, HWMON "/device", number);
    (void)snprintf(text, sizeof text, "../../../devices/%s", device);
    eco_fake_link(fake, path, text);
}

void eco_fake_hwmon(eco_fake *fake, int number, const char *name, const char *device)
{
    char text[64];
    (void)snprintf(text, sizeof text, "%s\n", name);
    eco_fake_hwmon_file(fake, number, "name", text);
    link_device(fake, number, device);
}

void eco_fake_amd_card(eco_fake *fake, int number, const char *device, double power_w)
{
    eco_fake_hwmon(fake, number, "amdgpu", device);
    eco_fake_hwmon_live(fake, number, "power1_average", 1e6 * power_w, 0);
    eco_fake_hwmon_file(fake, number, "power1_label", "PPT\n");
    eco_fake_hwmon_file(fake, number, "power1_cap", "300000000\n");
    eco_fake_hwmon_file(fake, number, "freq2_input", "96000000\n");
    eco_fake_hwmon_file(fake, number, "freq2_label", "mclk\n");
}

void eco_fake_apu(eco_fake *fake)
{
    eco_fake_add_zone(fake, "intel-rapl:0", "package-0", 65532610987u, 25);
    eco_fake_add_zone(fake, "intel-rapl:0:0", "core", 65532610987u, 9);
    eco_fake_hwmon(fake, 4, "amdgpu", "0000:e4:00.0");
    eco_fake_hwmon_live(fake, 4, "power1_average", 25e6, 0);
    eco_fake_hwmon_live(fake, 4, "power1_input", 24e6, 0);
    eco_fake_hwmon_file(fake, 4, "power1_label", "PPT\n");
    eco_fake_hwmon_file(fake, 4, "in1_label", "vddnb\n");
}

/* Old registration: the attributes, and the name, are in the folder of the device. */
static void acpi_meter(eco_fake *fake, int number, const char *info, double power_w)
{
    char text[80];
    (void)snprintf(text, sizeof text, "ACPI000D:%02d", number);
    link_device(fake, number, text);
    eco_fake_hwmon_file(fake, number, "device/name", "power_meter\n");
    eco_fake_hwmon_live(fake, number, "device/power1_average", 1e6 * power_w, 0);
    eco_fake_hwmon_file(fake, number, "device/power1_average_interval", "50\n");
    (void)snprintf(text, sizeof text, "%s\n", info);
    eco_fake_hwmon_file(fake, number, "device/power1_oem_info", text);
}

void eco_fake_grace(eco_fake *fake)
{
    acpi_meter(fake, 1, "Module Power Socket 0", 500);
    acpi_meter(fake, 2, "Grace Power Socket 0", 300);
    acpi_meter(fake, 3, "CPU Power Socket 0", 200);
    acpi_meter(fake, 4, "SysIO Power Socket 0", 60);
}

static void rail(eco_fake *fake, int number, int channel, const char *label, double voltage_mv,
                 double current_ma)
{
    char file[32], text[64];
    (void)snprintf(file, sizeof file, "in%d_label", channel);
    (void)snprintf(text, sizeof text, "%s\n", label);
    eco_fake_hwmon_file(fake, number, file, text);
    (void)snprintf(file, sizeof file, "in%d_input", channel);
    eco_fake_hwmon_live(fake, number, file, voltage_mv, 0);
    (void)snprintf(file, sizeof file, "curr%d_input", channel);
    eco_fake_hwmon_live(fake, number, file, current_ma, 0);
}

void eco_fake_orin_nx(eco_fake *fake)
{
    eco_fake_hwmon(fake, 1, "ina3221", "1-0040");
    rail(fake, 1, 1, "VDD_IN", 15000, 1000);
    rail(fake, 1, 2, "VDD_CPU_GPU_CV", 15000, 400);
    rail(fake, 1, 3, "VDD_SOC", 15000, 200);
    eco_fake_hwmon_file(fake, 1, "in7_label", "sum of shunt voltages\n");
}

void eco_fake_agx_orin(eco_fake *fake)
{
    eco_fake_hwmon(fake, 2, "ina3221", "1-0040");
    rail(fake, 2, 1, "VDD_GPU_SOC", 20000, 600);
    rail(fake, 2, 2, "VDD_CPU_CV", 20000, 250);
    rail(fake, 2, 3, "VIN_SYS_5V0", 5000, 800);
    eco_fake_hwmon(fake, 3, "ina3221", "1-0041");
    rail(fake, 3, 1, "NC", 0, 0);
    rail(fake, 3, 2, "VDDQ_VDD2_1V8AO", 5000, 200);
}

#define BAT "/sys/class/power_supply/BAT0/"
#define AC  "/sys/class/power_supply/AC/"

void eco_fake_battery(eco_fake *fake)
{
    eco_fake_file(fake, BAT "type", "Battery\n");
    eco_fake_file(fake, AC "type", "Mains\n");
    eco_fake_add_live(fake, BAT "energy_now", 41234567, -12 / 0.0036, "\n");
    eco_fake_add_live(fake, BAT "power_now", 12e6, 0, "\n");
    eco_fake_file(fake, BAT "capacity_error_margin", "5\n");
    /* The mouse's battery is none of the machine's. */
    eco_fake_file(fake, "/sys/class/power_supply/hidpp_battery_0/type", "Battery\n");
    eco_fake_file(fake, "/sys/class/power_supply/hidpp_battery_0/scope", "Device\n");
    eco_fake_file(fake, "/sys/class/power_supply/hidpp_battery_0/status", "Charging\n");
    eco_fake_plug(fake, false);
}

void eco_fake_plug(eco_fake *fake, bool is_in)
{
    eco_fake_file(fake, AC "online", is_in ? "1\n" : "0\n");
    eco_fake_file(fake, BAT "status", is_in ? "Charging\n" : "Discharging\n");
    eco_fake_find_live(fake, BAT "energy_now")->rate = (is_in ? 30 : -12) / 0.0036;
}

void eco_fake_cray(eco_fake *fake)
{
    static const struct {
        const char *file;
        double power_w;
    } counters[] = {
        {"energy", 600}, {"cpu_energy", 200}, {"memory_energy", 50}, {"accel0_energy", 300}};
    for (size_t i = 0; i < ECO_LEN(counters); i++) {
        char path[96];
        (void)snprintf(path, sizeof path, "/sys/cray/pm_counters/%s", counters[i].file);
        eco_fake_add_live(fake, path, 123456, counters[i].power_w, " J 1700000000000000 us\n");
    }
    eco_fake_file(fake, "/sys/cray/pm_counters/power", "600 W 1700000000000000 us\n");
    eco_fake_file(fake, "/sys/cray/pm_counters/raw_scan_hz", "10\n");
    eco_fake_add_live(fake, "/sys/cray/pm_counters/freshness", 77, 10, "\n");
}

/* What DCMI 1.5, 6.6.1 lays down, byte by byte, so that a wrong request fails the test. */
static int take_request(eco_fake_bmc *bmc, const struct ipmi_req *request)
{
    static const unsigned char expected[] = {0xDC, 0x01, 0x00, 0x00};
    const struct ipmi_system_interface_addr *address =
        (const struct ipmi_system_interface_addr *)(const void *)request->addr;
    assert_int_equal(address->addr_type, 0x0c);
    assert_int_equal(address->channel, 0xf);
    assert_int_equal(request->addr_len, sizeof *address);
    assert_int_equal(request->msg.netfn, 0x2C);
    assert_int_equal(request->msg.cmd, 0x02);
    assert_int_equal(request->msg.data_len, sizeof expected);
    assert_memory_equal(request->msg.data, expected, sizeof expected);
    bmc->n_requests++;
    bmc->msgid = request->msgid;
    return bmc->send_error;
}

static int give_answer(eco_fake_bmc *bmc, struct ipmi_recv *answer)
{
    unsigned watts = (unsigned)bmc->power_w;
    unsigned char bytes[19] = {(unsigned char)bmc->code,
                               0xDC,
                               (unsigned char)watts,
                               (unsigned char)(watts >> 8),
                               1,
                               0,
                               0xFF,
                               0xFF};
    bytes[18] = bmc->is_inactive ? 0 : 0x40;
    bool is_stale = bmc->n_stale > 0;
    bmc->n_stale -= is_stale;
    assert_true(answer->msg.data_len >= sizeof bytes);
    answer->recv_type = IPMI_RESPONSE_RECV_TYPE;
    answer->msgid = bmc->msgid - is_stale;
    answer->msg.data_len = (unsigned short)bmc->length_b;
    memcpy(answer->msg.data, bytes, sizeof bytes);
    return 0;
}

static int answer_ipmi(eco_fake *fake, unsigned long code, void *argument)
{
    if (code == 0x8028690dUL)
        return take_request(&fake->bmc, argument);
    return code == 0xc030690bUL ? give_answer(&fake->bmc, argument) : -ENOTTY;
}

void eco_fake_dcmi(eco_fake *fake)
{
    fake->bmc = (eco_fake_bmc){.power_w = 350, .length_b = 19};
    fake->answer = answer_ipmi;
}

/* The kernel's file is of 8-byte registers at their address; a file with holes reads the same. */
void eco_fake_msr(eco_fake *fake, int cpu, unsigned address, uint64_t value)
{
    char path[320];
    (void)snprintf(path, sizeof path, "%s/dev/cpu/%d/msr", fake->root, cpu);
    int fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, &value, sizeof value, (off_t)address), sizeof value);
    assert_int_equal(close(fd), 0);
}

#define CPUINFO                                                    \
    "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\n" \
    "model\t\t: 85\nmodel name\t: made up\n"

void eco_fake_msr_server(eco_fake *fake)
{
    eco_fake_file(fake, "/proc/cpuinfo", CPUINFO);
    for (int cpu = 0; cpu < 4; cpu++) {
        char path[96];
        (void)snprintf(path, sizeof path,
                       "/sys/devices/system/cpu/cpu%d/topology/physical_package_id", cpu);
        eco_fake_file(fake, path, cpu < 2 ? "0\n" : "1\n");
        (void)snprintf(path, sizeof path, "/dev/cpu/%d/msr", cpu);
        eco_fake_file(fake, path, "");
        eco_fake_msr(fake, cpu, 0x606, 0xA0E03); /* 2^-14 J */
    }
    eco_fake_msr_advance(fake, 0);
}

/* Counts of one domain since the start in the low half of the register; the other is reserved. */
static uint64_t counts(const eco_fake *fake, double power_w, double unit_j)
{
    double counted = 4000000000.0 + power_w * (fake->now_s - 1000) / unit_j;
    return ((uint64_t)counted & 0xFFFFFFFFu) | UINT64_C(0xABC00000000);
}

void eco_fake_msr_advance(eco_fake *fake, double time_s)
{
    eco_fake_advance(fake, time_s);
    for (int cpu = 0; cpu < 4; cpu++) {
        double unit_j = 1.0 / 16384;
        eco_fake_msr(fake, cpu, 0x611, counts(fake, cpu < 2 ? 60 : 40, unit_j));
        eco_fake_msr(fake, cpu, 0x619, counts(fake, cpu < 2 ? 10 : 5, 1.0 / 65536));
        eco_fake_msr(fake, cpu, 0x64D, counts(fake, 130, unit_j));
        /* Holes read 0 where the real register would fail: no uncore, no cores. */
    }
}
