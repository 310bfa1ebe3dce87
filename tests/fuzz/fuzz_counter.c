/* What the kernel's files say: numbers of sysfs, the head of /proc/stat, and a run of counter
 * readings.  A number is taken only if it prints back to the same digits; totals never shrink. */
#include "meter/counter.h"
#include "meter/io.h"
#include "meter/load.h"

#include "fuzz/fuzz.h"

#include <math.h>
#include <string.h>

/* Digits without leading zeros, then white space only: the one text that may be a value. */
static void check_number(const char *text)
{
    uint64_t value = 77;
    char again[24];
    if (!eco_io_parse_u64(text, &value)) {
        FUZZ_CHECK(value == 77); /* untouched */
        return;
    }
    size_t n_zeros = strspn(text, "0"), n_digits = strspn(text, "0123456789");
    n_zeros -= n_zeros == n_digits;
    int n = snprintf(again, sizeof again, "%llu", (unsigned long long)value);
    FUZZ_CHECK(n == (int)(n_digits - n_zeros));
    FUZZ_CHECK(strncmp(again, text + n_zeros, (size_t)n) == 0);
    FUZZ_CHECK(strspn(text + n_digits, " \t\n\v\f\r") == strlen(text + n_digits));
}

/* A head of /proc/stat is refused with nothing set, or starts with "cpu ". */
static void check_stat(const char *text)
{
    uint64_t busy = 77, steal = 78;
    if (eco_load_parse(text, &busy, &steal) != 0)
        FUZZ_CHECK(busy == 77 && steal == 78);
    else
        FUZZ_CHECK(strncmp(text, "cpu ", 4) == 0);
}

/* Bytes as readings: any order of values, times, faults. */
static void check_counter(const uint8_t *data, size_t size)
{
    static const uint64_t moduli[] = {0, 1000, 65532610987u, UINT64_MAX};
    eco_counter counter;
    eco_mark mark = {0};
    double time_s = 0;
    eco_counter_init(&counter, moduli[data[0] % 4], data[0] & 4 ? 0 : 250, data[0] & 8 ? 0.1 : 0);
    for (size_t i = 1; i + 10 <= size; i += 10) {
        eco_sample sample = {.is_ok = data[i] & 1, .has_slept = (data[i] & 6) == 6};
        eco_total before = counter.total;
        memcpy(&sample.value_uj, data + i + 2, sizeof sample.value_uj);
        time_s += ldexp(data[i + 1], (data[i] >> 4) - 12);
        sample.time_s = time_s;
        sample.power_w = (double)sample.value_uj;
        if (data[0] & 16)
            (void)eco_counter_power(&counter, &sample);
        else
            (void)eco_counter_update(&counter, &sample);
        /* Never backwards, never more than is possible in the time. */
        FUZZ_CHECK(counter.total.energy_j >= before.energy_j);
        FUZZ_CHECK(counter.total.gap_s >= before.gap_s && counter.total.gap_s <= time_s + 1e-9);
        FUZZ_CHECK(counter.total.u_gap_j >= before.u_gap_j);
        FUZZ_CHECK(isfinite(counter.total.energy_j) && isfinite(counter.total.u_gap_j));
        double most_j = counter.power_max_w * (time_s + (double)i * (0.002 + counter.period_s));
        FUZZ_CHECK(counter.total.energy_j <= most_j * (1 + 1e-9));
        double last_j = mark.total.energy_j;
        eco_counter_mark(&counter, time_s + 0.5, &mark);
        FUZZ_CHECK(mark.total.energy_j >= counter.total.energy_j && isfinite(last_j));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[256];
    size_t n = size < sizeof text - 1 ? size : sizeof text - 1;
    memcpy(text, data, n);
    text[n] = '\0';
    check_number(text);
    check_stat(text);
    if (size > 0)
        check_counter(data, size);
    return 0;
}
