/*
 * Who may ask: what the kernel says of the process at the other end of a connection.
 *
 * The mode of the socket (0660) keeps others out already; this check holds also where somebody
 * gave the socket a wider one.  Threads: one; no allocation.
 */
#ifndef ENERGYD_PEERS_H
#define ENERGYD_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { ENERGYD_USERS_MAX = 16, ENERGYD_GROUPS_MAX = 1024 };

/** Who may ask besides root. */
typedef struct energyd_peers {
    bool has_group;
    gid_t group; /* its members, by their first or any other group */
    size_t n_users;
    uid_t users[ENERGYD_USERS_MAX];
    gid_t groups[ENERGYD_GROUPS_MAX]; /* room for those of one peer */
} energyd_peers;

/** Adds a user by name or number; NULL, or what is wrong. */
const char *energyd_peers_add_user(energyd_peers *peers, const char *word);

/** Sets the group by name or number; NULL, or what is wrong. */
const char *energyd_peers_set_group(energyd_peers *peers, const char *word);

/** Whether the process that connected may be answered; false when nobody can tell. */
bool energyd_peers_allow(energyd_peers *peers, int fd);

#endif
