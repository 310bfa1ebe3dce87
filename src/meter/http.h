/*
 * One GET request to a meter in the local network, by libcurl.
 *
 * libcurl is loaded at the first request, not with the program: it brings some thirty libraries
 * that nobody without a plug needs, and loading them takes longer than a whole `ecopt measure`.
 * Only http and https, no redirects; proxies only as the environment says.  Threads: any thread;
 * blocks for as long as the request's timeout, so never with a lock held that others wait for.
 */
#ifndef ECO_METER_HTTP_H
#define ECO_METER_HTTP_H

#include <stddef.h>

/** Longest body that is taken, NUL included: what a plug says is some hundred bytes. */
#define ECO_HTTP_BODY_B ((size_t)64 * 1024)

/** What to ask; all texts borrowed for the call. */
typedef struct eco_http_request {
    const char *url;
    const char *user;     /* NULL = none; sent only when the device asks for it */
    const char *password; /* NULL = none */
    double timeout_s;     /* of the whole request, connecting included; > 0 */
} eco_http_request;

/**
 * Asks and waits for the answer.
 *
 * @param[out] body  NUL-terminated answer, at most room_b - 1 bytes; "" when the result is negative
 * @return the status of HTTP (200, 401, 404, ...), or -errno: -ETIMEDOUT, -ECONNREFUSED,
 *         -EHOSTUNREACH (also: the name is not known), -EKEYREJECTED (certificate), -EMSGSIZE (body
 * too long), -EPROTO (no HTTP, or the body was cut off), -EPROTONOSUPPORT (neither http nor https),
 * -ENOTSUP (no libcurl), -ENOMEM, -EINVAL (no URL), -EIO (all else)
 */
long eco_http_get(const eco_http_request *request, char *body, size_t room_b);

#endif
