#include "meter/http.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* The ABI has had this name since 2006. */
#define LIBRARY "libcurl.so.4"

/* What is used of the library, with the prototypes of its own header. */
typedef struct curl_calls {
    void *handle;
    CURLcode (*global_init)(long flags);
    void (*global_cleanup)(void);
    CURL *(*easy_init)(void);
    void (*easy_cleanup)(CURL *easy);
    CURLcode (*easy_setopt)(CURL *easy, CURLoption option, ...);
    CURLcode (*easy_getinfo)(CURL *easy, CURLINFO info, ...);
    CURLcode (*easy_perform)(CURL *easy);
} curl_calls;

/* POSIX lets an object pointer of dlsym become a function pointer; memcpy says so without a cast.
 */
static bool load_symbol(void *handle, const char *name, void *ret_function)
{
    void *symbol = dlsym(handle, name);
    memcpy(ret_function, &symbol, sizeof symbol);
    return symbol != NULL;
}

/* Loaded anew for each request, which costs microseconds once it is in memory: RTLD_NODELETE keeps
 * it there, since TLS libraries do not survive being unloaded.  So nothing global is kept here.
 * curl_global_init counts its users and is thread-safe since libcurl 7.84; the build asks for
 * 7.85. */
static bool load_library(curl_calls *calls)
{
    calls->handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!calls->handle)
        return false;
    if (load_symbol(calls->handle, "curl_global_init", &calls->global_init) &&
        load_symbol(calls->handle, "curl_global_cleanup", &calls->global_cleanup) &&
        load_symbol(calls->handle, "curl_easy_init", &calls->easy_init) &&
        load_symbol(calls->handle, "curl_easy_cleanup", &calls->easy_cleanup) &&
        load_symbol(calls->handle, "curl_easy_setopt", &calls->easy_setopt) &&
        load_symbol(calls->handle, "curl_easy_getinfo", &calls->easy_getinfo) &&
        load_symbol(calls->handle, "curl_easy_perform", &calls->easy_perform) &&
        calls->global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
        return true;
    (void)dlclose(calls->handle);
    return false;
}

static void drop_library(curl_calls *calls)
{
    calls->global_cleanup();
    (void)dlclose(calls->handle);
}

/* Where the body goes. */
typedef struct body_sink {
    char *text;
    size_t used_b, room_b;
    bool is_full;
} body_sink;

/* Taking less than was offered ends the transfer: nobody can fill the memory from outside. */
static size_t take_bytes(char *bytes, size_t size, size_t n, void *user)
{
    body_sink *sink = user;
    size_t n_bytes = size * n;
    if (n_bytes >= sink->room_b - sink->used_b) {
        sink->is_full = true;
        return 0;
    }
    memcpy(sink->text + sink->used_b, bytes, n_bytes);
    sink->used_b += n_bytes;
    sink->text[sink->used_b] = '\0';
    return n_bytes;
}

/* In terms of errno, so that a source reports a plug as it reports a file. */
static int errno_of(CURLcode code, long os_error)
{
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return -ETIMEDOUT;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return -EHOSTUNREACH;
    case CURLE_COULDNT_CONNECT:
        return os_error > 0 ? -(int)os_error : -ECONNREFUSED;
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_WEIRD_SERVER_REPLY:
        return -EPROTO;
    case CURLE_PEER_FAILED_VERIFICATION:
        return -EKEYREJECTED;
    case CURLE_UNSUPPORTED_PROTOCOL:
        return -EPROTONOSUPPORT;
    case CURLE_URL_MALFORMAT:
        return -EINVAL;
    case CURLE_OUT_OF_MEMORY:
        return -ENOMEM;
    default:
        return -EIO;
    }
}

/* Every option that is set here is there since libcurl 7.85; a refusal is a wrong value. */
static bool set_options(const curl_calls *calls, CURL *easy, const eco_http_request *request,
                        body_sink *sink)
{
    long timeout_ms = (long)(1e3 * request->timeout_s);
    bool is_set = calls->easy_setopt(easy, CURLOPT_URL, request->url) == CURLE_OK &&
                  calls->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
                  calls->easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
                  calls->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
                  calls->easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_ms) == CURLE_OK &&
                  calls->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms) == CURLE_OK &&
                  calls->easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_bytes) == CURLE_OK &&
                  calls->easy_setopt(easy, CURLOPT_WRITEDATA, sink) == CURLE_OK &&
                  calls->easy_setopt(easy, CURLOPT_USERAGENT, "ecopt") == CURLE_OK;
    if (!is_set || !request->user)
        return is_set;
    /* Asked first without: a device that wants a digest never sees the password itself. */
    return calls->easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_ANY) == CURLE_OK &&
           calls->easy_setopt(easy, CURLOPT_USERNAME, request->user) == CURLE_OK &&
           calls->easy_setopt(easy, CURLOPT_PASSWORD, request->password ? request->password : "") ==
               CURLE_OK;
}

static long perform(const curl_calls *calls, CURL *easy, const eco_http_request *request,
                    body_sink *sink)
{
    long status = 0, os_error = 0;
    if (!set_options(calls, easy, request, sink))
        return -EINVAL;
    CURLcode code = calls->easy_perform(easy);
    if (sink->is_full)
        return -EMSGSIZE;
    (void)calls->easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    (void)calls->easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_error);
    if (code != CURLE_OK)
        return errno_of(code, os_error);
    return status > 0 ? status : -EPROTO;
}

long eco_http_get(const eco_http_request *request, char *body, size_t room_b)
{
    curl_calls calls;
    body_sink sink = {.text = body, .room_b = room_b};
    body[0] = '\0';
    if (!load_library(&calls))
        return -ENOTSUP;
    /* A handle for each request: plugs close the connection anyway, and nothing stays open. */
    CURL *easy = calls.easy_init();
    long status = easy ? perform(&calls, easy, request, &sink) : -ENOMEM;
    if (easy)
        calls.easy_cleanup(easy);
    drop_library(&calls);
    if (status < 0)
        body[0] = '\0';
    return status;
}
