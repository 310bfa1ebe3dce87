/*
 * The source "dcmi": power of the whole board as its management controller (BMC) reads it.
 *
 * IPMI "Get Power Reading" of the Data Center Manageability Interface 1.5, section 6.6.1, sent
 * through the kernel's /dev/ipmi0 (Documentation/driver-api/ipmi.rst).  Whole watts, refreshed
 * about once a second; a request keeps the controller's interface busy for milliseconds, so that
 * the value is asked for at most twice a second and repeated in between.
 */
#include "meter/source.h"

#include <errno.h>
#include <linux/ipmi.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

/* Group extension of DCMI, its command, and "mode 1: statistics of now". */
enum { NETFN_GROUP = 0x2C, CMD_POWER = 0x02, GROUP_DCMI = 0xDC, MODE_NOW = 0x01 };

/* Answer: completion code, group, then W now, min, max, average (LE16), time stamp and period
 * (LE32), state. */
enum { ANSWER_B = 19, AT_CODE = 0, AT_GROUP = 1, AT_NOW = 2, AT_STATE = 18, STATE_ACTIVE = 0x40 };

/* Late answers to requests that were given up may come first. */
enum { STALE_MAX = 8 };

#define PERIOD_S  1.0
#define REUSE_S   0.5
#define TIMEOUT_S 1.0

/* Stated default of meters on the board; power supplies report to about 5 %. */
#define GAIN_LO 0.90
#define GAIN_HI 1.10

#define REMEDY_PERM                                                                          \
    "run ecopt as root: no rule opens /dev/ipmi0 to others, because who may send to it can " \
    "switch the machine off and change the users of its controller"
#define REMEDY_NONE                                                                         \
    "on a server with a BMC, as root: modprobe -a ipmi_si ipmi_devintf; desktops, laptops " \
    "and virtual machines have none"

typedef struct dcmi_state {
    int fd;
    long msgid;
    bool is_known; /* power_w was read at time_s */
    double power_w, time_s;
} dcmi_state;

static int send_request(const eco_io *io, dcmi_state *state)
{
    unsigned char data[] = {GROUP_DCMI, MODE_NOW, 0, 0};
    struct ipmi_system_interface_addr address = {
        .addr_type = IPMI_SYSTEM_INTERFACE_ADDR_TYPE,
        .channel = IPMI_BMC_CHANNEL,
    };
    struct ipmi_req request;
    memset(&request, 0, sizeof request);
    request.addr = (unsigned char *)&address;
    request.addr_len = sizeof address;
    request.msgid = ++state->msgid;
    request.msg.netfn = NETFN_GROUP;
    request.msg.cmd = CMD_POWER;
    request.msg.data = data;
    request.msg.data_len = sizeof data;
    return io->request(io->user, state->fd, IPMICTL_SEND_COMMAND, &request);
}

/* What the controller says by its completion code. */
static int code_error(unsigned char code)
{
    switch (code) {
    case 0x00:
        return 0;
    case 0xC0: /* busy */
    case 0xC3: /* timeout */
    case 0xD5: /* not in this state */
        return -EBUSY;
    case 0xD4:
        return -EACCES;
    default: /* 0xC1 and others: no such command */
        return -EOPNOTSUPP;
    }
}

static int parse_answer(const unsigned char *bytes, size_t n, double *ret_power_w)
{
    int error = n > AT_CODE ? code_error(bytes[AT_CODE]) : -EBADMSG;
    if (error != 0)
        return error;
    if (n < ANSWER_B || bytes[AT_GROUP] != GROUP_DCMI)
        return -EBADMSG;
    /* Not measuring: the numbers are of another time. */
    if (!(bytes[AT_STATE] & STATE_ACTIVE))
        return -ENODATA;
    *ret_power_w = (double)(bytes[AT_NOW] | (unsigned)bytes[AT_NOW + 1] << 8);
    return 0;
}

/* The answer to the last request; others are thrown away. */
static int receive_answer(const eco_io *io, dcmi_state *state, double *ret_power_w)
{
    for (int i = 0; i < STALE_MAX; i++) {
        unsigned char bytes[64];
        struct ipmi_addr address;
        struct ipmi_recv answer;
        int status = io->wait(io->user, state->fd, TIMEOUT_S);
        if (status < 0)
            return status;
        memset(&answer, 0, sizeof answer);
        answer.addr = (unsigned char *)&address;
        answer.addr_len = sizeof address;
        answer.msg.data = bytes;
        answer.msg.data_len = sizeof bytes;
        status = io->request(io->user, state->fd, IPMICTL_RECEIVE_MSG_TRUNC, &answer);
        /* An answer that was cut is longer than any that is meant here. */
        if (status < 0 && status != -EMSGSIZE)
            return status;
        if (answer.recv_type == IPMI_RESPONSE_RECV_TYPE && answer.msgid == state->msgid)
            return parse_answer(bytes, answer.msg.data_len, ret_power_w);
    }
    return -ETIMEDOUT;
}

static int read_power(const eco_io *io, eco_channel *channel, eco_reading *ret)
{
    dcmi_state *state = channel->state;
    double now_s = io->now(io->user, ECO_CLOCK_MONOTONIC);
    ret->is_power = true;
    if (!state->is_known || !(now_s - state->time_s < REUSE_S)) {
        double power_w = 0;
        int status = send_request(io, state);
        if (status == 0)
            status = receive_answer(io, state, &power_w);
        state->is_known = status == 0;
        if (status < 0)
            return status;
        state->power_w = power_w;
        state->time_s = now_s;
    }
    ret->power_w = state->power_w;
    return 0;
}

static void close_device(ecopt_ctx *ctx, const eco_io *io, eco_channel *channel)
{
    dcmi_state *state = channel->state;
    if (state && state->fd >= 0)
        io->close(io->user, state->fd);
    eco_free(ctx, state);
    channel->state = NULL;
}

/* Names that the device has had. */
static int open_any(const eco_io *io)
{
    static const char *const paths[] = {"/dev/ipmi0", "/dev/ipmi/0", "/dev/ipmidev/0"};
    int error = -ENOENT;
    for (size_t i = 0; i < ECO_LEN(paths); i++) {
        char full[ECO_IO_PATH_B];
        int fd = eco_io_path(io, paths[i], full) ? io->open_device(io->user, full) : -ENAMETOOLONG;
        if (fd >= 0)
            return fd;
        if (fd != -ENOENT)
            error = fd;
    }
    return error;
}

static void report_missing(eco_channel_set *set, int error)
{
    char reason[160] = "no IPMI device /dev/ipmi0";
    bool is_perm = error == -EACCES || error == -EPERM;
    if (error == -EOPNOTSUPP)
        (void)snprintf(reason, sizeof reason, "the management controller offers no power reading");
    else if (error == -ENODATA)
        (void)snprintf(reason, sizeof reason, "the management controller does not measure power");
    else if (error != -ENOENT && error != -ENODEV && error != -ENXIO)
        (void)snprintf(reason, sizeof reason, "cannot ask the management controller: %s",
                       strerror(-error));
    eco_set_missing(set, &eco_source_dcmi, ECOPT_QUALITY_MEASURED_WALL, error, reason,
                    is_perm ? REMEDY_PERM : REMEDY_NONE);
}

static ecopt_status probe_dcmi(eco_channel_set *set, const char *argument)
{
    (void)argument;
    eco_channel trial = {0};
    eco_reading reading = {0};
    int fd = open_any(set->io);
    if (fd < 0) {
        report_missing(set, fd);
        return ECOPT_OK;
    }
    dcmi_state *state = eco_alloc(set->ctx, 1, sizeof *state);
    if (!state) {
        set->io->close(set->io->user, fd);
        return ECOPT_E_NOMEM;
    }
    state->fd = fd;
    trial.state = state;
    int status = read_power(set->io, &trial, &reading);
    eco_channel *channel =
        status == 0 ? eco_set_add(set, &eco_source_dcmi, ECO_SCOPE_BOARD, "board") : NULL;
    if (!channel) {
        if (status < 0)
            report_missing(set, status);
        close_device(set->ctx, set->io, &trial);
        return ECOPT_OK;
    }
    channel->state = state;
    channel->quality = ECOPT_QUALITY_MEASURED_WALL;
    channel->gain_lo = GAIN_LO;
    channel->gain_hi = GAIN_HI;
    /* A board with eight cards draws many times what it idles at; 65 kW is what the field holds. */
    eco_counter_init(&channel->counter, 0, fmax(ECO_POWER_MAX_DEFAULT_W, 10 * reading.power_w),
                     PERIOD_S);
    channel->counter.step_w = 1;
    eco_set_describe(set, channel, 0);
    return ECOPT_OK;
}

const eco_source_ops eco_source_dcmi = {
    .version = ECO_SOURCE_VERSION,
    .kind = "dcmi",
    .is_automatic = true,
    .is_slow = true,
    .probe = probe_dcmi,
    .read = read_power,
    .close = close_device,
};
