#include "support/eco_test.h"

#include "meter/http.h"
#include "support/loopback.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static char body[ECO_HTTP_BODY_B];

static long get(const eco_loopback *server, const char *path, double timeout_s)
{
    char url[128];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d%s", server->port, path);
    eco_http_request request = {url, NULL, NULL, timeout_s};
    return eco_http_get(&request, body, sizeof body);
}

static int count_fds(void)
{
    int n = 0;
    for (int fd = 0; fd < 256; fd++) {
        char path[64], target[64];
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        n += readlink(path, target, sizeof target) >= 0;
    }
    return n;
}

static void test_what_comes_is_what_was_sent(void **state)
{
    (void)state;
    eco_loopback server;
    eco_loopback_start(&server);
    eco_loopback_only(&server, &(eco_loopback_page){.part = "GET /x?y=1 ", .body = "{\"a\": 1}"});
    assert_int_equal(get(&server, "/x?y=1", 2), 200);
    assert_string_equal(body, "{\"a\": 1}");
    assert_true(eco_loopback_saw(&server, "User-Agent: ecopt"));
    assert_false(eco_loopback_saw(&server, "Authorization"));
    assert_int_equal(get(&server, "/other", 2), 404);
    int n = count_fds();
    for (int i = 0; i < 5; i++)
        assert_int_equal(get(&server, "/x?y=1", 2), 200);
    assert_int_equal(count_fds(), n);
    eco_loopback_stop(&server);
}

static void test_faults_of_the_other_end(void **state)
{
    (void)state;
    eco_loopback server;
    eco_loopback_start(&server);
    eco_loopback_only(&server, &(eco_loopback_page){.part = "/", .delay_s = 5});
    assert_int_equal(get(&server, "/", 0.2), -ETIMEDOUT);
    assert_string_equal(body, "");
    eco_loopback_stop(&server);
    /* Another one, as the first may still have been waiting. */
    eco_loopback_start(&server);
    eco_loopback_only(&server,
                      &(eco_loopback_page){.part = "/", .body = "{\"a\"", .promised_b = 100});
    assert_int_equal(get(&server, "/", 2), -EPROTO);
    assert_string_equal(body, "");
    eco_loopback_only(&server, &(eco_loopback_page){.part = "/", .flood_b = 10 * 1000 * 1000});
    assert_int_equal(get(&server, "/", 5), -EMSGSIZE);
    eco_loopback_only(&server, &(eco_loopback_page){.part = "/", .is_silent = true});
    assert_int_equal(get(&server, "/", 2), -EPROTO);
    int port = server.port;
    eco_loopback_stop(&server);
    server.port = port;
    assert_int_equal(get(&server, "/", 2), -ECONNREFUSED);
}

/* One byte less than the room is the longest body. */
static void test_the_room_is_all_that_is_used(void **state)
{
    (void)state;
    eco_loopback server;
    char url[64], small[9];
    eco_loopback_start(&server);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/", server.port);
    eco_http_request request = {url, NULL, NULL, 2};
    eco_loopback_only(&server, &(eco_loopback_page){.part = "/", .body = "12345678"});
    assert_int_equal(eco_http_get(&request, small, sizeof small), 200);
    assert_string_equal(small, "12345678");
    assert_int_equal(eco_http_get(&request, small, sizeof small - 1), -EMSGSIZE);
    assert_string_equal(small, "");
    eco_loopback_stop(&server);
}

static void test_a_redirect_is_not_followed(void **state)
{
    (void)state;
    eco_loopback server;
    eco_loopback_start(&server);
    eco_loopback_only(
        &server, &(eco_loopback_page){.part = "GET /a ", .status = 302, .header = "Location: /b"});
    eco_loopback_add(&server, &(eco_loopback_page){.part = "GET /b ", .body = "elsewhere"});
    assert_int_equal(get(&server, "/a", 2), 302);
    assert_int_equal(eco_loopback_count(&server), 1);
    eco_loopback_stop(&server);
}

/* "Aladdin:open sesame" is the example of RFC 7617. */
static void test_a_login_is_sent_when_asked_for(void **state)
{
    (void)state;
    eco_loopback server;
    char url[64];
    eco_loopback_start(&server);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/", server.port);
    eco_http_request request = {url, "Aladdin", "open sesame", 2};
    eco_loopback_only(
        &server,
        &(eco_loopback_page){.part = "/", .body = "in", .login = "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="});
    assert_int_equal(eco_http_get(&request, body, sizeof body), 200);
    assert_string_equal(body, "in");
    assert_int_equal(eco_loopback_count(&server), 2);
    request.password = "wrong";
    assert_int_equal(eco_http_get(&request, body, sizeof body), 401);
    request.user = NULL;
    assert_int_equal(eco_http_get(&request, body, sizeof body), 401);
    eco_loopback_stop(&server);
}

static void test_only_the_web_is_asked(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        long status;
    } cases[] = {{"file:///etc/hostname", -EPROTONOSUPPORT},
                 {"ftp://127.0.0.1/x", -EPROTONOSUPPORT},
                 {"http://", -EINVAL},
                 {"http://no-such-host.invalid/", -EHOSTUNREACH}};
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        eco_http_request request = {cases[i].url, NULL, NULL, 2};
        long status = eco_http_get(&request, body, sizeof body);
        /* Without a name server a name is not unknown, but not found in time. */
        if (cases[i].status == -EHOSTUNREACH && status == -ETIMEDOUT)
            continue;
        if (status != cases[i].status)
            print_error("'%s' gave %ld\n", cases[i].url, status);
        assert_int_equal(status, cases[i].status);
    }
}

int main(void)
{
    /* The tests talk to this machine only, whatever the environment says. */
    (void)unsetenv("http_proxy");
    (void)unsetenv("all_proxy");
    (void)unsetenv("ALL_PROXY");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_comes_is_what_was_sent),
        cmocka_unit_test(test_faults_of_the_other_end),
        cmocka_unit_test(test_the_room_is_all_that_is_used),
        cmocka_unit_test(test_a_redirect_is_not_followed),
        cmocka_unit_test(test_a_login_is_sent_when_asked_for),
        cmocka_unit_test(test_only_the_web_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
