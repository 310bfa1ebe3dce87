#include "meter/calibration.h"

#include "meter/load.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define HEAD "# ecopt-calibration 1"

enum { FIELDS_MAX = 5, LINE_MAX_B = 320 };

/* Names of hardware are the only free text of the file. */
static void clean(char *text)
{
    for (; *text; text++)
        if (*text == ',' || (unsigned char)*text < ' ')
            *text = ' ';
}

void eco_calibration_machine(const eco_io *io, char *text, size_t room_b)
{
    char info[2048];
    const char *model = "unknown CPU";
    eco_load load;
    eco_load_open(io, &load);
    (void)eco_io_text(io, "/proc/cpuinfo", info, sizeof info);
    char *line = strstr(info, "model name");
    char *colon = line ? strchr(line, ':') : NULL;
    if (colon) {
        model = colon + 1 + strspn(colon + 1, " ");
        colon[1 + strcspn(colon + 1, "\n")] = '\0';
    }
    (void)snprintf(text, room_b, "%.100s, %ld CPUs", model, load.n_cpu);
    eco_load_close(io, &load);
    clean(text);
}

void eco_calibration_governor(const eco_io *io, char *text, size_t room_b)
{
    if (eco_io_text(io, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", text, room_b) < 0)
        text[0] = '\0';
    clean(text);
}

double eco_calibration_power(const eco_calibration *c, double load, double *ret_u_w)
{
    const eco_calibration_point *p = c->points;
    size_t i = 1;
    while (i + 1 < c->n_points && load > p[i].load)
        i++;
    double part = (load - p[i - 1].load) / (p[i].load - p[i - 1].load);
    part = fmin(fmax(part, 0), 1);
    if (ret_u_w)
        *ret_u_w = hypot((1 - part) * p[i - 1].u_w, part * p[i].u_w);
    return p[i - 1].power_w + part * (p[i].power_w - p[i - 1].power_w);
}

double eco_calibration_chord(const eco_calibration *c, double load)
{
    const eco_calibration_point *first = &c->points[0], *last = &c->points[c->n_points - 1];
    double part = fmin(fmax((load - first->load) / (last->load - first->load), 0), 1);
    return first->power_w + part * (last->power_w - first->power_w);
}

/* One line, cut at its commas; the last field takes what is left of them. */
typedef struct line {
    ecopt_ctx *ctx;
    const char *name;
    size_t number;
    size_t n_fields;
    char text[LINE_MAX_B];
    char *field[FIELDS_MAX];
} line;

static ecopt_status refuse(const line *l, const char *what)
{
    ecopt_status status =
        eco_fail(l->ctx, ECOPT_E_PARSE, "calibration '%s', line %zu: %s", l->name, l->number, what);
    return eco_hint(l->ctx, status, "make it anew: ecopt calibrate");
}

static void split(line *l)
{
    char *next = l->text;
    for (l->n_fields = 0; next && l->n_fields < FIELDS_MAX;) {
        l->field[l->n_fields++] = next;
        next = l->n_fields < FIELDS_MAX ? strchr(next, ',') : NULL;
        if (next)
            *next++ = '\0';
    }
}

static bool number(const char *text, double min, double max, double *ret)
{
    return eco_parse_double(text, ret) && *ret >= min && *ret <= max;
}

static ecopt_status read_point(const line *l, eco_calibration *c)
{
    eco_calibration_point p;
    double n;
    if (l->n_fields != 5 || !number(l->field[1], 0, 1, &p.load) ||
        !number(l->field[2], 0, 1e6, &p.power_w) || !number(l->field[3], 0, 1e6, &p.u_w) ||
        !number(l->field[4], 1, 1e6, &n))
        return refuse(l, "not a point: load (0 to 1), watts, their uncertainty, windows");
    p.n = (int)n;
    if (c->n_points == ECO_CALIBRATION_POINTS_MAX)
        return refuse(l, "too many points");
    if (c->n_points == 0 ? p.load > 0.5 : !(p.load > c->points[c->n_points - 1].load))
        return refuse(l, "points must rise in load, from an idle one on");
    c->points[c->n_points++] = p;
    return ECOPT_OK;
}

static ecopt_status read_source(const line *l, eco_calibration *c)
{
    if (l->n_fields != 5 || !ecopt_quality_parse(l->field[1], &c->quality) ||
        !number(l->field[2], 0, 1, &c->gain_lo) || !number(l->field[3], 1, 1e3, &c->gain_hi))
        return refuse(l, "not a source: label, band (at most 1, at least 1), name");
    if (c->quality > ECOPT_QUALITY_MEASURED_SAMPLED)
        return refuse(l, "a calibration must be made with a meter that measures");
    (void)snprintf(c->source, sizeof c->source, "%.95s", l->field[4]);
    return ECOPT_OK;
}

static ecopt_status read_line(line *l, eco_calibration *c)
{
    static const struct {
        const char *word;
        size_t at, room_b;
    } texts[] = {
        {"machine,", offsetof(eco_calibration, machine), sizeof c->machine},
        {"governor,", offsetof(eco_calibration, governor), sizeof c->governor},
        {"made,", offsetof(eco_calibration, made), sizeof c->made},
    };
    if (l->text[0] == '\0' || l->text[0] == '#')
        return ECOPT_OK;
    for (size_t i = 0; i < ECO_LEN(texts); i++) {
        size_t n = strlen(texts[i].word);
        if (strncmp(l->text, texts[i].word, n) != 0)
            continue;
        (void)snprintf((char *)c + texts[i].at, texts[i].room_b, "%s", l->text + n);
        return ECOPT_OK;
    }
    split(l);
    if (strcmp(l->field[0], "source") == 0)
        return read_source(l, c);
    if (strcmp(l->field[0], "point") == 0)
        return read_point(l, c);
    return refuse(l, "does not begin with machine, governor, made, source or point");
}

ecopt_status eco_calibration_parse(ecopt_ctx *ctx, const char *name, const char *text,
                                   eco_calibration *ret)
{
    eco_calibration c = {.quality = ECOPT_QUALITY_UNMEASURABLE};
    line l = {.ctx = ctx, .name = name, .number = 1};
    if (strncmp(text, HEAD "\n", sizeof HEAD) != 0)
        return refuse(&l, "does not begin with '" HEAD "'");
    while (*text != '\0') {
        size_t n = strcspn(text, "\n");
        if (n >= sizeof l.text)
            return refuse(&l, "is too long");
        memcpy(l.text, text, n);
        l.text[n] = '\0';
        ECO_TRY(read_line(&l, &c));
        text += n + (text[n] != '\0');
        l.number++;
    }
    if (c.n_points < 2 || c.quality == ECOPT_QUALITY_UNMEASURABLE || c.machine[0] == '\0')
        return refuse(&l, "ends without a machine, a source and two points");
    *ret = c;
    return ECOPT_OK;
}

void eco_calibration_format(const eco_calibration *c, eco_str *text)
{
    eco_str_addf(text, HEAD "\nmachine,%s\ngovernor,%s\nmade,%s\n", c->machine, c->governor,
                 c->made);
    eco_str_addf(text, "source,%s,%.6g,%.6g,%s\n", ecopt_quality_name(c->quality), c->gain_lo,
                 c->gain_hi, c->source);
    for (size_t i = 0; i < c->n_points; i++) {
        const eco_calibration_point *p = &c->points[i];
        eco_str_addf(text, "point,%.6g,%.6g,%.6g,%d\n", p->load, p->power_w, p->u_w, p->n);
    }
}

void eco_calibration_mean(const double *powers_w, const double *us_w, int n,
                          eco_calibration_point *ret)
{
    double sum_w = 0, squares_w2 = 0, meter_w2 = 0;
    for (int i = 0; i < n; i++) {
        sum_w += powers_w[i];
        meter_w2 += us_w[i] * us_w[i];
    }
    /* In two passes: a scatter of 1e-6 of the power must not drown in rounding. */
    for (int i = 0; i < n; i++)
        squares_w2 += (powers_w[i] - sum_w / n) * (powers_w[i] - sum_w / n);
    ret->power_w = sum_w / n;
    ret->u_w = sqrt(fmax(squares_w2 / (n - 1), meter_w2 / n) / n);
    ret->n = n;
}
