#include "support/eco_test.h"

#include "meter/handle.h"
#include "meter/plug_text.h"
#include "support/fake_meter.h"
#include "support/fakesys.h"
#include "support/loopback.h"

#include <errno.h>
#include <stdlib.h>

#define GEN2 "{\"id\":0, \"output\":true, \"apower\":%.1f, \"aenergy\":{\"total\":%.3f}}"

static void test_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *text, *base, *user, *password;
    } good[] = {
        {"http://192.0.2.7", "http://192.0.2.7", "", ""},
        {"http://192.0.2.7/", "http://192.0.2.7", "", ""},
        {"https://plug.example:8443", "https://plug.example:8443", "", ""},
        {"http://[2001:db8::1]:80", "http://[2001:db8::1]:80", "", ""},
        {"http://admin@plug", "http://plug", "admin", ""},
        {"http://admin:a:b@c@plug", "http://plug", "admin", "a:b@c"},
        {"http://a%40b:%2c%20%25@plug", "http://plug", "a@b", ", %"},
        {"http://a:5%@plug", "http://plug", "a", "5%"},
    };
    static const char *const bad[] = {
        "",           "192.0.2.7",      "ftp://plug",     "http://",        "http:///x",
        "http://a/b", "http://:x@plug", "http://u:%00@p", "http://plug?id", "http://pl ug",
    };
    eco_plug_address address;
    for (size_t i = 0; i < ECO_LEN(good); i++) {
        assert_null(eco_plug_address_parse(good[i].text, &address));
        assert_string_equal(address.base, good[i].base);
        assert_string_equal(address.user, good[i].user);
        assert_string_equal(address.password, good[i].password);
    }
    for (size_t i = 0; i < ECO_LEN(bad); i++) {
        eco_plug_address before = address;
        if (!eco_plug_address_parse(bad[i], &address))
            print_error("'%s' was taken\n", bad[i]);
        assert_non_null(eco_plug_address_parse(bad[i], &address));
        assert_memory_equal(&before, &address, sizeof before);
    }
    char longest[300] = "http://";
    memset(longest + 7, 'h', 64);
    longest[71] = '\0';
    assert_non_null(eco_plug_address_parse(longest, &address));
    longest[70] = '\0';
    assert_null(eco_plug_address_parse(longest, &address));
}

static const char *parse(eco_plug_kind kind, const char *text, eco_plug_reply *reply)
{
    bool is_denied;
    return eco_plug_reply_parse(kind, text, strlen(text), reply, &is_denied);
}

static void test_replies_of_each_kind(void **state)
{
    (void)state;
    eco_plug_reply reply;
    assert_null(parse(ECO_PLUG_SHELLY2,
                      "{\"id\":0,\"apower\":8.9,\"voltage\":237.5,\"aenergy\":{\"total\":6.532,"
                      "\"by_minute\":[45.199,47.141,88.397],\"minute_ts\":1626935779}}",
                      &reply));
    assert_close(reply.power_w, 8.9, 1e-12, 0);
    assert_close(reply.energy_j, 6.532 * 3600, 1e-12, 0);
    assert_null(parse(ECO_PLUG_SHELLY1,
                      "{\"meters\":[{\"power\":61.5,\"is_valid\":true,\"total\":1234}]}", &reply));
    assert_close(reply.power_w, 61.5, 1e-12, 0);
    assert_close(reply.energy_j, 1234 * 60, 1e-12, 0);
    assert_null(parse(ECO_PLUG_TASMOTA,
                      "{\"StatusSNS\":{\"Time\":\"x\",\"ENERGY\":{\"Total\":3.185,\"Power\":42}}}",
                      &reply));
    assert_close(reply.power_w, 42, 1e-12, 0);
    assert_close(reply.energy_j, 3185 * 3600.0, 1e-12, 0);
    /* Feeding back is a number; that it is no use is for the counter to say. */
    assert_null(parse(ECO_PLUG_SHELLY2, "{\"apower\":-3,\"aenergy\":{\"total\":0}}", &reply));
    assert_close(reply.power_w, -3, 0, 0);
}

static void test_replies_that_are_not_taken(void **state)
{
    (void)state;
    static const struct {
        const char *text, *problem;
    } cases[] = {
        {"", "its reply is no JSON"},
        {"<html>", "its reply is no JSON"},
        {"{\"apower\":1", "its reply is no JSON"},
        {"{\"apower\":NaN,\"aenergy\":{\"total\":1}}", "its reply is no JSON"},
        {"[]", "its reply has no power"},
        {"{}", "its reply has no power"},
        {"{\"aenergy\":{\"total\":1}}", "its reply has no power"},
        {"{\"apower\":1}", "its reply has no total of energy"},
        {"{\"apower\":1,\"aenergy\":5}", "its reply has no total of energy"},
        {"{\"apower\":\"1\",\"aenergy\":{\"total\":1}}", "the power in its reply is no number"},
        {"{\"apower\":null,\"aenergy\":{\"total\":1}}", "the power in its reply is no number"},
        {"{\"apower\":1,\"aenergy\":{\"total\":\"1\"}}",
         "the total of energy in its reply is no number"},
        {"{\"apower\":1,\"aenergy\":{\"total\":-1}}",
         "the total of energy in its reply is not possible"},
        {"{\"apower\":1,\"aenergy\":{\"total\":1e300}}",
         "the total of energy in its reply is not possible"},
        {"{\"apower\":1e999,\"aenergy\":{\"total\":1}}", "its reply is no JSON"},
        {"{\"WARNING\":\"Need user=<username>&password=<password>\"}", "it asks for a password"},
    };
    eco_plug_reply reply = {5, 6};
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        const char *problem = parse(ECO_PLUG_SHELLY2, cases[i].text, &reply);
        assert_non_null(problem);
        assert_string_equal(problem, cases[i].problem);
        assert_close(reply.power_w, 5, 0, 0);
    }
}

/* A plug on the virtual clock: 50 W, seen as each kind shows it. */
typedef struct world {
    eco_fake fake;
    eco_loopback server;
    ecopt_ctx *ctx;
    ecopt_meter *meter;
    ecopt_energy e;
    eco_plug_kind kind;
    double power_w;
    bool is_down;
    int n_asked;
} world;

static world w;

static long respond(eco_fake *fake, const eco_http_request *request, char *body, size_t room_b)
{
    double energy_j = 1e6 + w.power_w * (fake->now_s - 1000);
    w.n_asked++;
    if (w.is_down)
        return -ETIMEDOUT;
    if (!strstr(request->url, eco_plug_facts_of(w.kind)->path))
        return 404;
    if (w.kind == ECO_PLUG_SHELLY2)
        (void)snprintf(body, room_b, GEN2, w.power_w, energy_j / 3600);
    else if (w.kind == ECO_PLUG_SHELLY1)
        (void)snprintf(body, room_b, "{\"meters\":[{\"power\":%.1f,\"total\":%.0f}]}", w.power_w,
                       floor(energy_j / 60));
    else
        (void)snprintf(body, room_b, "{\"StatusSNS\":{\"ENERGY\":{\"Power\":%.0f,\"Total\":%.3f}}}",
                       w.power_w, floor(energy_j / 3600) / 1000);
    return 200;
}

static long respond_for_real(eco_fake *fake, const eco_http_request *request, char *body,
                             size_t room_b)
{
    return fake->real.http_get(NULL, request, body, room_b);
}

static void begin_world(eco_plug_kind kind)
{
    memset(&w, 0, sizeof w);
    w.ctx = eco_test_ctx();
    w.kind = kind;
    w.power_w = 50;
    eco_fake_init(&w.fake);
    w.fake.respond = respond;
}

static ecopt_status open_world(const char *sources)
{
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = sources;
    return eco_meter_open_on(w.ctx, &options, &w.fake.io, false, &w.meter);
}

static void end_world(void)
{
    assert_status(w.ctx, ecopt_meter_close(w.meter), ECOPT_OK);
    assert_int_equal(eco_ctx_live_b(w.ctx), 0);
    eco_fake_release(&w.fake);
    ecopt_ctx_free(w.ctx);
}

/* A window of n steps of step_s, read at each. */
static void measure(int n, double step_s)
{
    ecopt_window *window = NULL;
    assert_status(w.ctx, ecopt_meter_begin(w.meter, NULL, &window), ECOPT_OK);
    for (int i = 0; i < n; i++) {
        eco_fake_advance(&w.fake, step_s);
        eco_meter_sample(w.meter);
    }
    assert_status(w.ctx, ecopt_meter_end(w.meter, window, 1, &w.e), ECOPT_OK);
}

static void test_every_kind_is_found_and_measured(void **state)
{
    (void)state;
    static const double units_j[] = {3.6, 60, 3600, 3600};
    for (int kind = 0; kind < ECO_PLUG_COUNT; kind++) {
        size_t n;
        begin_world((eco_plug_kind)kind);
        assert_status(w.ctx, open_world("plug:http://192.0.2.7"), ECOPT_OK);
        const ecopt_source_info *infos = ecopt_meter_infos(w.meter, &n);
        assert_int_equal(n, 2);
        assert_string_equal(infos[0].name, "plug 192.0.2.7");
        assert_string_equal(infos[1].name, "plug 192.0.2.7 total");
        assert_true(infos[0].is_used && !infos[1].is_used);
        assert_close(infos[1].unit_j, units_j[kind], 1e-12, 0);
        measure(60, 1.3);
        assert_close(w.e.energy_j, 78 * 50, 1e-9, 0);
        assert_int_equal(w.e.quality, ECOPT_QUALITY_MEASURED_WALL);
        assert_false(w.e.flags & (ECOPT_FLAG_GAP | ECOPT_FLAG_STUCK | ECOPT_FLAG_DISAGREE));
        assert_true(w.e.gain_lo < 1 && w.e.gain_hi > 1);
        end_world();
    }
}

/* One request gives both views. */
static void test_a_plug_is_asked_once_for_both_views(void **state)
{
    (void)state;
    begin_world(ECO_PLUG_SHELLY2);
    assert_status(w.ctx, open_world("plug:http://192.0.2.7"), ECOPT_OK);
    assert_int_equal(w.n_asked, 1);
    measure(10, 2);
    /* The probe, both ends and each of ten steps: none is spared, none is double. */
    assert_in_range(w.n_asked, 11, 13);
    end_world();
}

/* Power that could not be read for a third of a window: its counter has missed nothing. */
static void test_the_total_stands_in_where_it_is_surer(void **state)
{
    (void)state;
    begin_world(ECO_PLUG_SHELLY2);
    assert_status(w.ctx, open_world("plug:http://192.0.2.7"), ECOPT_OK);
    ecopt_window *window = NULL;
    assert_status(w.ctx, ecopt_meter_begin(w.meter, NULL, &window), ECOPT_OK);
    for (int i = 0; i < 3000; i++) {
        w.is_down = i >= 1000 && i < 2000;
        eco_fake_advance(&w.fake, 1.5);
        eco_meter_sample(w.meter);
    }
    assert_status(w.ctx, ecopt_meter_end(w.meter, window, 1, &w.e), ECOPT_OK);
    assert_close(w.e.energy_j, 4500 * 50, 1e-4, 0);
    const ecopt_source_energy *total = fake_meter_part(&w.e, "plug 192.0.2.7 total");
    assert_close(w.e.energy_j, total->energy_j, 0, 0);
    assert_close(w.e.u95_j, total->u95_j, 0, 0);
    assert_true(w.e.u95_j < 0.1 * w.e.energy_j);
    end_world();
}

/* Asked again and again it would hold up every window: it is left alone for a while. */
static void test_a_dead_plug_is_left_alone_and_missing(void **state)
{
    (void)state;
    begin_world(ECO_PLUG_TASMOTA);
    assert_status(w.ctx, open_world("plug:http://192.0.2.7"), ECOPT_OK);
    w.is_down = true;
    int n_before = w.n_asked;
    measure(60, 1);
    assert_true(w.n_asked - n_before < 20);
    assert_true(isnan(w.e.energy_j));
    assert_int_equal(w.e.quality, ECOPT_QUALITY_UNMEASURABLE);
    assert_true(w.e.flags & ECOPT_FLAG_LOST);
    /* And taken back when it is there again. */
    w.is_down = false;
    eco_fake_advance(&w.fake, 61);
    measure(20, 1);
    assert_close(w.e.energy_j, 20 * 50, 1e-9, 0);
    end_world();
}

static void start_server(void)
{
    begin_world(ECO_PLUG_SHELLY2);
    w.fake.respond = respond_for_real;
    eco_loopback_start(&w.server);
}

static ecopt_status open_on_server(const char *login)
{
    char sources[200];
    (void)snprintf(sources, sizeof sources, "plug:http://%s127.0.0.1:%d", login, w.server.port);
    return open_world(sources);
}

static const char GOOD[] = "{\"apower\":50.0,\"aenergy\":{\"total\":1.000}}";

/* Each fault as the user meets it: refused at the start, with the reason. */
static void test_faults_at_the_start(void **state)
{
    (void)state;
    static const struct {
        eco_loopback_page page;
        const char *reason;
    } cases[] = {
        {{.part = "/", .body = GOOD, .promised_b = 50}, "cut off"},
        {{.part = "/", .body = "{\"apower\":\"50\",\"aenergy\":{\"total\":1}}"},
         "power in its reply is no number"},
        {{.part = "/", .body = "{\"apower\":NaN,\"aenergy\":{\"total\":1}}"},
         "its reply is no JSON"},
        {{.part = "/", .body = "{\"apower\":50}"}, "has no total of energy"},
        {{.part = "/", .body = GOOD, .flood_b = 10 * 1000 * 1000}, "longer than 64 KiB"},
        {{.part = "/", .status = 500}, "neither a Shelly nor a Tasmota"},
        {{.part = "/", .is_silent = true}, "cut off, or is no HTTP"},
        {{.part = "/", .delay_s = 30}, "no answer within 2 s"},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        start_server();
        eco_loopback_only(&w.server, &cases[i].page);
        assert_status(w.ctx, open_on_server(""), ECOPT_E_METER_NONE);
        if (!strstr(ecopt_ctx_errmsg(w.ctx), cases[i].reason))
            print_error("%zu: %s\n", i, ecopt_ctx_errmsg(w.ctx));
        assert_non_null(strstr(ecopt_ctx_errmsg(w.ctx), cases[i].reason));
        assert_non_null(strstr(ecopt_ctx_errhint(w.ctx), "curl"));
        eco_loopback_stop(&w.server);
        end_world();
    }
    start_server();
    eco_loopback_stop(&w.server);
    assert_status(w.ctx, open_on_server(""), ECOPT_E_METER_NONE);
    assert_non_null(strstr(ecopt_ctx_errmsg(w.ctx), "Connection refused"));
    end_world();
}

static void test_a_login_is_asked_for_given_and_never_shown(void **state)
{
    (void)state;
    const eco_loopback_page page = {.part = "/rpc", .body = GOOD, .login = "QWxhZGRpbjpzM2NyM3Q="};
    size_t n;
    start_server();
    eco_loopback_only(&w.server, &page);
    assert_status(w.ctx, open_on_server(""), ECOPT_E_METER_PERM);
    assert_non_null(strstr(ecopt_ctx_errmsg(w.ctx), "a user and a password"));
    assert_non_null(strstr(ecopt_ctx_errhint(w.ctx), "plug:http://USER:PASSWORD@127.0.0.1"));
    assert_status(w.ctx, open_on_server("Aladdin:wr0ng@"), ECOPT_E_METER_PERM);
    assert_null(strstr(ecopt_ctx_errmsg(w.ctx), "wr0ng"));
    assert_null(strstr(ecopt_ctx_errhint(w.ctx), "wr0ng"));
    assert_status(w.ctx, open_on_server("Aladdin:s3cr3t@"), ECOPT_OK);
    const ecopt_source_info *infos = ecopt_meter_infos(w.meter, &n);
    for (size_t i = 0; i < n; i++) {
        assert_null(strstr(infos[i].name, "s3cr3t"));
        assert_null(strstr(infos[i].reason, "s3cr3t"));
        assert_null(strstr(infos[i].remedy, "s3cr3t"));
    }
    measure(3, 1);
    for (size_t i = 0; i < w.e.n_sources; i++)
        assert_null(strstr(w.e.sources[i].name, "s3cr3t"));
    eco_loopback_stop(&w.server);
    end_world();
    start_server();
    assert_status(w.ctx, open_world("plug:ftp://a:s3cr3t@b"), ECOPT_E_ARG);
    assert_null(strstr(ecopt_ctx_errmsg(w.ctx), "s3cr3t"));
    eco_loopback_stop(&w.server);
    end_world();
}

static void test_a_login_of_the_environment(void **state)
{
    (void)state;
    const eco_loopback_page page = {.part = "/rpc", .body = GOOD, .login = "QWxhZGRpbjpzM2NyM3Q="};
    start_server();
    eco_loopback_only(&w.server, &page);
    (void)setenv("ECOPT_PLUG_LOGIN", "Aladdin:s3cr3t", 1);
    assert_status(w.ctx, open_on_server(""), ECOPT_OK);
    assert_status(w.ctx, ecopt_meter_close(w.meter), ECOPT_OK);
    w.meter = NULL;
    /* What the address says goes first. */
    assert_status(w.ctx, open_on_server("other:x@"), ECOPT_E_METER_PERM);
    (void)unsetenv("ECOPT_PLUG_LOGIN");
    eco_loopback_stop(&w.server);
    end_world();
}

static void test_texts_without_their_logins(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"auto, plug:http://admin:s3@cr3t@192.0.2.7", "auto, plug:http://*************@192.0.2.7"},
        {"plug:https://a@b,plug:http://c:d@e", "plug:https://*@b,plug:http://***@e"},
        {"meter: {sources: [\"plug:http://u:p@h\", nvml]} # x@y",
         "meter: {sources: [\"plug:http://***@h\", nvml]} # x@y"},
        {"plug:http://192.0.2.7", "plug:http://192.0.2.7"},
        {"plug:httpx a@b", "plug:httpx a@b"},
        /* Misspelt kinds and other addresses; behind a host an @ is no login. */
        {"plugs:http://u:p@h", "plugs:http://***@h"},
        {"http://u:p@h", "http://***@h"},
        {"http://h/a@b?c@d", "http://h/a@b?c@d"},
        {"plug:http://u:p/q@h", "plug:http://*****@h"},
        {"plug:http://USER:PASSWORD@h", "plug:http://USER:PASSWORD@h"},
        {"://", "://"},
        {"a@b://c@", "a@b://*@"},
        {"plug:http", "plug:http"},
        {"", ""},
    };
    ecopt_meter_hide_logins(NULL);
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        char text[200];
        (void)snprintf(text, sizeof text, "%s", cases[i][0]);
        ecopt_meter_hide_logins(text);
        assert_string_equal(text, cases[i][1]);
    }
}

/* Tasmota wants it in the request itself. */
static void test_a_login_for_tasmota(void **state)
{
    (void)state;
    start_server();
    eco_loopback_only(&w.server,
                      &(eco_loopback_page){
                          .part = "/cm?cmnd=Status%208&user=admin&password=a%26%2F",
                          .body = "{\"StatusSNS\":{\"ENERGY\":{\"Total\":3.185,\"Power\":42}}}"});
    eco_loopback_add(&w.server,
                     &(eco_loopback_page){.part = "/cm?", .body = "{\"WARNING\":\"Need user=\"}"});
    assert_status(w.ctx, open_on_server(""), ECOPT_E_METER_PERM);
    assert_status(w.ctx, open_on_server("admin:a%26/@"), ECOPT_OK);
    eco_loopback_stop(&w.server);
    end_world();
}

/* A reply that goes wrong in the middle is a miss, and its energy comes with the next good one. */
static void test_faults_in_a_window(void **state)
{
    (void)state;
    ecopt_window *window = NULL;
    const eco_loopback_page good = {.part = "/rpc", .body = GOOD};
    const eco_loopback_page bad = {.part = "/rpc", .body = "{\"apower\":\"x\"}"};
    start_server();
    eco_loopback_only(&w.server, &good);
    assert_status(w.ctx, open_on_server(""), ECOPT_OK);
    assert_status(w.ctx, ecopt_meter_begin(w.meter, NULL, &window), ECOPT_OK);
    for (int i = 0; i < 10; i++) {
        eco_loopback_only(&w.server, i == 5 ? &bad : &good);
        eco_fake_advance(&w.fake, 1.3);
        eco_meter_sample(w.meter);
    }
    assert_status(w.ctx, ecopt_meter_end(w.meter, window, 1, &w.e), ECOPT_OK);
    assert_close(w.e.energy_j, 13 * 50, 1e-9, 0);
    assert_true(w.e.flags & ECOPT_FLAG_MISS);
    assert_false(w.e.flags & ECOPT_FLAG_GAP);
    eco_loopback_stop(&w.server);
    end_world();
}

/* Of two that are named both must work. */
static void test_each_named_plug_must_work(void **state)
{
    (void)state;
    begin_world(ECO_PLUG_SHELLY2);
    assert_status(w.ctx, open_world("plug:http://192.0.2.7,plug:http://192.0.2.8"), ECOPT_OK);
    measure(20, 1.5);
    /* Two power supplies of one machine add up. */
    assert_close(w.e.energy_j, 2 * 30 * 50, 1e-9, 0);
    end_world();
    start_server();
    eco_loopback_only(&w.server, &(eco_loopback_page){.part = "/rpc", .body = GOOD});
    char sources[120];
    (void)snprintf(sources, sizeof sources, "plug:http://127.0.0.1:%d,plug:http://127.0.0.1:1",
                   w.server.port);
    assert_status(w.ctx, open_world(sources), ECOPT_E_METER_NONE);
    eco_loopback_stop(&w.server);
    end_world();
}

int main(void)
{
    (void)unsetenv("http_proxy");
    (void)unsetenv("all_proxy");
    (void)unsetenv("ALL_PROXY");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_replies_of_each_kind),
        cmocka_unit_test(test_replies_that_are_not_taken),
        cmocka_unit_test(test_every_kind_is_found_and_measured),
        cmocka_unit_test(test_a_plug_is_asked_once_for_both_views),
        cmocka_unit_test(test_the_total_stands_in_where_it_is_surer),
        cmocka_unit_test(test_a_dead_plug_is_left_alone_and_missing),
        cmocka_unit_test(test_faults_at_the_start),
        cmocka_unit_test(test_a_login_is_asked_for_given_and_never_shown),
        cmocka_unit_test(test_a_login_of_the_environment),
        cmocka_unit_test(test_texts_without_their_logins),
        cmocka_unit_test(test_a_login_for_tasmota),
        cmocka_unit_test(test_faults_in_a_window),
        cmocka_unit_test(test_each_named_plug_must_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
