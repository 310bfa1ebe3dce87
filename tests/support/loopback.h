/*
 * A plug that is not there: an HTTP server on the loopback interface, in a thread, with the faults
 * that plugs have.
 *
 * Call order: eco_loopback_start, pages set and changed at will, eco_loopback_stop.  Requests are
 * answered one after the other, each connection is closed.  A path that no page is for gets 404.
 */
#ifndef ECO_LOOPBACK_H
#define ECO_LOOPBACK_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

enum { ECO_LOOPBACK_PAGES = 8 };

/** What a path that contains `part` gets. */
typedef struct eco_loopback_page {
    const char *part;
    int status; /* 0 = 200 */
    const char *body;
    const char *login;  /* without this in the request's head: 401 */
    const char *header; /* one more header line, or NULL */
    double delay_s;     /* before anything is sent */
    size_t flood_b;     /* so many bytes more */
    size_t promised_b;  /* Content-Length says so many more than come */
    bool is_silent;     /* closed without a word */
} eco_loopback_page;

typedef struct eco_loopback {
    int fd, port;
    int stop[2];
    pthread_t thread;
    pthread_mutex_t lock; /* guards what is below */
    eco_loopback_page pages[ECO_LOOPBACK_PAGES];
    size_t n_pages;
    int n_requests;
    char last[512]; /* head of the last request, cut */
} eco_loopback;

void eco_loopback_start(eco_loopback *server);
void eco_loopback_stop(eco_loopback *server);

/** Replaces all pages by this one. */
void eco_loopback_only(eco_loopback *server, const eco_loopback_page *page);
void eco_loopback_add(eco_loopback *server, const eco_loopback_page *page);

/** Requests so far. */
int eco_loopback_count(eco_loopback *server);

/** Whether the last request's head contains this. */
bool eco_loopback_saw(eco_loopback *server, const char *part);

#endif
