#include "peers.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/socket.h>

/* The whole word as a number; (uid_t)-1 means "no user" to the kernel. */
static bool parse_id(const char *word, unsigned long *ret_id)
{
    char *end = NULL;
    if (word[0] < '0' || word[0] > '9')
        return false;
    *ret_id = strtoul(word, &end, 10);
    return *end == '\0' && *ret_id < 4294967295ul;
}

const char *energyd_peers_add_user(energyd_peers *peers, const char *word)
{
    unsigned long id = 0;
    if (peers->n_users == ENERGYD_USERS_MAX)
        return "more than 16 users";
    if (!parse_id(word, &id)) {
        const struct passwd *entry = getpwnam(word);
        if (!entry)
            return "no such user";
        id = entry->pw_uid;
    }
    peers->users[peers->n_users++] = (uid_t)id;
    return NULL;
}

const char *energyd_peers_set_group(energyd_peers *peers, const char *word)
{
    unsigned long id = 0;
    if (!parse_id(word, &id)) {
        const struct group *entry = getgrnam(word);
        if (!entry)
            return "no such group";
        id = entry->gr_gid;
    }
    peers->group = (gid_t)id;
    peers->has_group = true;
    return NULL;
}

/* The other groups, as the kernel knew them when the peer connected; a peer of more than the room
 * holds is not in it, rather than perhaps. */
static bool is_member(energyd_peers *peers, int fd)
{
    socklen_t size_b = sizeof peers->groups;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, peers->groups, &size_b) != 0)
        return false;
    for (size_t i = 0; i < size_b / sizeof peers->groups[0]; i++)
        if (peers->groups[i] == peers->group)
            return true;
    return false;
}

bool energyd_peers_allow(energyd_peers *peers, int fd)
{
    struct ucred peer = {0, (uid_t)-1, (gid_t)-1};
    socklen_t size_b = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size_b) != 0 || size_b != sizeof peer)
        return false;
    if (peer.uid == 0)
        return true;
    for (size_t i = 0; i < peers->n_users; i++)
        if (peers->users[i] == peer.uid)
            return true;
    return peers->has_group && (peer.gid == peers->group || is_member(peers, fd));
}
