/*
 * Where control groups can be made, and what can be kept in them.
 *
 * Read from /proc/self/cgroup (which group is ours), /proc/self/mountinfo (where the hierarchy
 * lies) and the groups themselves; a systemd, a container engine or a batch system may stand behind
 * them, and none of them is asked.
 */
#include "core/fs.h"
#include "core/str.h"
#include "trial/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Largest of the files read here: a machine with thousands of mounts has this much of mountinfo. */
enum { FILE_MAX_B = 4 * 1024 * 1024 };

/* Begins the names of all groups that are ours. */
static const char own_prefix[] = "ecopt-";

/* The search; texts are owned. */
typedef struct search {
    ecopt_ctx *ctx;
    const char *root;              /* of the system */
    char *own;                     /* our group's folder */
    char *mount;                   /* of the hierarchy, where the way up ends */
    bool is_v1[ECO_CONTROLLERS_N]; /* the controller is bound to cgroup v1 */
} search;

/* What one group offers. */
typedef struct offer {
    bool is_there[ECO_CONTROLLERS_N];  /* for the group itself */
    bool is_handed[ECO_CONTROLLERS_N]; /* to groups below it */
    bool may_hand;                     /* nobody but us lives below it or in it */
} offer;

/* The text of a file, "" when it cannot be read; NULL on no memory.  Caller frees. */
static char *read_file(ecopt_ctx *ctx, const char *dir, const char *name)
{
    char *path = eco_fs_join(ctx, dir, name), *text = NULL;
    if (!path)
        return NULL;
    ecopt_status status = eco_fs_read(ctx, path, FILE_MAX_B, &text, NULL);
    eco_free(ctx, path);
    return status == ECOPT_OK || status == ECOPT_E_NOMEM ? text : eco_strdup(ctx, "");
}

/* True when `word` is one of the words of a text, which blanks and newlines part. */
static bool has_word(const char *text, const char *word)
{
    size_t n = strlen(word);
    while (*text) {
        size_t length = strcspn(text, " \n");
        if (length == n && memcmp(text, word, n) == 0)
            return true;
        text += length;
        text += strspn(text, " \n");
    }
    return false;
}

/* True when the group `path` lies in `root` or is it. */
static bool is_below(const char *path, const char *root)
{
    size_t n = strlen(root);
    if (strcmp(root, "/") == 0)
        return true;
    return strncmp(path, root, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

/*
 * One line of mountinfo (proc(5)): "36 35 98:0 ROOT MOUNTPOINT options fields - TYPE ...".  Returns
 * true for a cgroup2 mount that shows the group; names with escapes are passed over.
 */
static bool is_our_mount(char *line, const char *group, const char **ret_root,
                         const char **ret_mount)
{
    const char *type = strstr(line, " - ");
    char *field[5], *rest = line;
    if (!type || strncmp(type + 3, "cgroup2 ", 8) != 0)
        return false;
    for (size_t i = 0; i < ECO_LEN(field); i++)
        field[i] = strsep(&rest, " ");
    if (!rest || strchr(field[3], '\\') || strchr(field[4], '\\') || !is_below(group, field[3]))
        return false;
    *ret_root = field[3];
    *ret_mount = field[4];
    return true;
}

/* Our group's path in the hierarchy of version 2 ("0::/a/b"), within the text; NULL: none.  The
 * lines of version 1 tell which controllers are bound there. */
static char *own_group(search *s, char *text)
{
    char *group = NULL;
    for (char *line = strsep(&text, "\n"); line; line = strsep(&text, "\n")) {
        if (strncmp(line, "0::/", 4) == 0) {
            group = line + 3;
            continue;
        }
        char *names = strchr(line, ':');
        char *end = names ? strchr(names + 1, ':') : NULL;
        if (!end)
            continue;
        *end = '\0';
        for (char *word = names + 1, *rest = word; (word = strsep(&rest, ",")) != NULL;)
            for (int k = 0; k < ECO_CONTROLLERS_N; k++)
                if (strcmp(word, eco_controller_name((eco_controller)k)) == 0)
                    s->is_v1[k] = true;
    }
    return group;
}

/* Folders of our group and of the hierarchy; both stay NULL where there is none. */
static ecopt_status find_own(search *s)
{
    const char *root = NULL, *mount = NULL;
    ecopt_status status = ECOPT_E_NOMEM;
    char *groups = NULL, *mounts = NULL, *proc = eco_asprintf(s->ctx, "%s/proc/self", s->root);
    if (proc)
        groups = read_file(s->ctx, proc, "cgroup");
    if (groups)
        mounts = read_file(s->ctx, proc, "mountinfo");
    if (mounts) {
        char *rest = mounts, *group = own_group(s, groups);
        bool is_found = false;
        for (char *line; group && !is_found && (line = strsep(&rest, "\n")) != NULL;)
            is_found = is_our_mount(line, group, &root, &mount);
        status = ECOPT_OK;
        if (is_found) {
            const char *below = strcmp(root, "/") == 0 ? group : group + strlen(root);
            s->mount = eco_asprintf(s->ctx, "%s%s", s->root, mount);
            s->own = eco_asprintf(s->ctx, "%s%s%s", s->root, mount,
                                  strcmp(below, "/") == 0 ? "" : below);
            if (!s->own || !s->mount)
                status = ECOPT_E_NOMEM;
        }
    }
    eco_free(s->ctx, mounts);
    eco_free(s->ctx, groups);
    eco_free(s->ctx, proc);
    return status;
}

/* True when there is no group below `dir` but ours, and no more than `most` of them. */
static bool is_childless(const char *dir, size_t most)
{
    DIR *list = opendir(dir);
    size_t n = 0;
    bool is_alone = list != NULL;
    for (const struct dirent *entry; is_alone && (entry = readdir(list)) != NULL;) {
        if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
            continue;
        is_alone = strncmp(entry->d_name, own_prefix, sizeof own_prefix - 1) == 0 && ++n <= most;
    }
    if (list)
        (void)closedir(list);
    return is_alone;
}

/* True when the only process of a "cgroup.procs" is this one. */
static bool is_only_us(const char *procs)
{
    char *end;
    long pid = strtol(procs, &end, 10);
    return pid == (long)getpid() && end[strspn(end, "\n")] == '\0';
}

/* May we make a group in `dir` and move processes into it?  Asked of the kernel with the rights
 * that we really have. */
static bool is_writable(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_fine = fd >= 0 && faccessat(fd, ".", W_OK, AT_EACCESS) == 0 &&
                   faccessat(fd, "cgroup.procs", W_OK, AT_EACCESS) == 0;
    int cause = errno;
    if (fd >= 0)
        (void)close(fd);
    errno = cause;
    return is_fine;
}

/* Reads what a group offers.  The root of a hierarchy, known by its lack of a type, may have
 * processes beside groups; any other group must be ours alone.  A threaded group takes no
 * processes at all.  @return false: unusable */
static ecopt_status look_at(search *s, const char *dir, offer *ret, bool *ret_is_usable)
{
    char *there = read_file(s->ctx, dir, "cgroup.controllers");
    char *handed = read_file(s->ctx, dir, "cgroup.subtree_control");
    char *type = read_file(s->ctx, dir, "cgroup.type");
    char *procs = read_file(s->ctx, dir, "cgroup.procs");
    bool is_whole = there && handed && type && procs;
    if (is_whole) {
        for (int k = 0; k < ECO_CONTROLLERS_N; k++) {
            const char *name = eco_controller_name((eco_controller)k);
            ret->is_there[k] = has_word(there, name);
            ret->is_handed[k] = has_word(handed, name);
        }
        bool is_root = type[0] == '\0';
        ret->may_hand = (is_root || (strcmp(dir, s->own) == 0 && is_only_us(procs))) &&
                        is_childless(dir, SIZE_MAX);
        *ret_is_usable = !strstr(type, "threaded") && !strstr(type, "invalid");
    }
    eco_free(s->ctx, there);
    eco_free(s->ctx, handed);
    eco_free(s->ctx, type);
    eco_free(s->ctx, procs);
    return is_whole ? ECOPT_OK : ECOPT_E_NOMEM;
}

static int count_offered(const offer *o, bool wants_limits)
{
    int n = 0;
    for (int k = 0; k < ECO_CONTROLLERS_N; k++)
        n += o->is_handed[k] || (wants_limits && o->may_hand && o->is_there[k]);
    return n;
}

/* One word into a file of the group; see write_text in cgroup.c for O_CREAT. */
static bool put(const char *dir, const char *name, const char *text)
{
    int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd = dir_fd < 0 ? -1 : openat(dir_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    bool is_done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0)
        (void)close(fd);
    if (dir_fd >= 0)
        (void)close(dir_fd);
    return is_done;
}

/* Out of the group itself, where there are processes in it: only us, as was found out before. */
static ecopt_status step_aside(eco_cgroup_place *place)
{
    char *leaf = eco_asprintf(place->ctx, "%s/%sself-%ld", place->path, own_prefix, (long)getpid());
    if (!leaf)
        return ECOPT_E_NOMEM;
    if (mkdir(leaf, 0755) == 0 && put(leaf, "cgroup.procs", "0")) {
        place->leaf = leaf;
        return ECOPT_OK;
    }
    (void)rmdir(leaf);
    eco_free(place->ctx, leaf);
    return ECOPT_OK;
}

/* Hands down what is there and is not handed down yet. */
static ecopt_status hand_down(search *s, const offer *o, eco_cgroup_place *place)
{
    bool is_missing = false;
    for (int k = 0; k < ECO_CONTROLLERS_N; k++)
        is_missing = is_missing || (o->is_there[k] && !o->is_handed[k]);
    if (!is_missing || !o->may_hand)
        return ECOPT_OK;
    char *type = read_file(s->ctx, place->path, "cgroup.type");
    bool is_root = type && type[0] == '\0';
    ecopt_status status = !type ? ECOPT_E_NOMEM : is_root ? ECOPT_OK : step_aside(place);
    eco_free(s->ctx, type);
    for (int k = 0; k < ECO_CONTROLLERS_N && status == ECOPT_OK; k++) {
        char word[16];
        if (!o->is_there[k] || o->is_handed[k])
            continue;
        (void)snprintf(word, sizeof word, "+%s", eco_controller_name((eco_controller)k));
        place->is_handed[k] = put(place->path, "cgroup.subtree_control", word);
        place->has[k] = place->is_handed[k];
    }
    return status;
}

/*
 * Whether a process may really be moved there: the kernel asks for rights on the common ancestor,
 * too, and namespaces and security modules have a say.  A child tries it, once per run.
 */
static bool can_enter(const eco_cgroup_place *place)
{
    eco_cgroup group;
    int status = -1;
    if (eco_cgroup_open(place, NULL, &group) != ECOPT_OK)
        return false;
    pid_t pid = fork();
    if (pid == 0)
        _Exit(write(group.procs_fd, "0", 1) == 1 ? 0 : 1);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    eco_cgroup_close(&group);
    return pid > 0 && status == 0;
}

static void set_why(eco_cgroup_place *place, const char *text)
{
    for (int k = 0; k < ECO_CONTROLLERS_N; k++)
        (void)snprintf(place->why[k], sizeof place->why[k], "%s", text);
}

/* The reasons of single controllers, once there is a place. */
static void explain(const search *s, const offer *o, eco_cgroup_place *place)
{
    for (int k = 0; k < ECO_CONTROLLERS_N; k++) {
        const char *name = eco_controller_name((eco_controller)k);
        if (place->has[k])
            place->why[k][0] = '\0';
        else if (s->is_v1[k])
            (void)snprintf(place->why[k], sizeof place->why[k],
                           "the %s controller is bound to cgroup v1", name);
        else
            (void)snprintf(place->why[k], sizeof place->why[k],
                           o->is_there[k] ? "the %s controller is not handed down to '%.100s'"
                                          : "there is no %s controller in '%.100s'",
                           name, place->path);
    }
}

/* From our own group up to the root: the nearest of those that offer most. */
static ecopt_status choose(search *s, bool wants_limits, eco_cgroup_place *place, offer *ret_offer)
{
    char *dir = eco_strdup(s->ctx, s->own);
    int best = -1;
    char text[ECO_CGROUP_REASON_B] = "";
    ecopt_status status = dir ? ECOPT_OK : ECOPT_E_NOMEM;
    for (bool is_last = false; status == ECOPT_OK && !is_last;) {
        offer o = {.may_hand = false};
        bool is_usable = false;
        is_last = strcmp(dir, s->mount) == 0;
        if (is_writable(dir))
            status = look_at(s, dir, &o, &is_usable);
        else if (text[0] == '\0')
            (void)snprintf(text, sizeof text, "the control group '%.100s' is not ours to write: %s",
                           dir, strerror(errno));
        if (status == ECOPT_OK && is_usable && count_offered(&o, wants_limits) > best) {
            best = count_offered(&o, wants_limits);
            *ret_offer = o;
            eco_free(s->ctx, place->path);
            place->path = eco_strdup(s->ctx, dir);
            status = place->path ? ECOPT_OK : ECOPT_E_NOMEM;
        }
        char *slash = strrchr(dir, '/');
        if (slash && !is_last)
            *slash = '\0';
        is_last = is_last || !slash;
    }
    if (!place->path)
        set_why(place, text[0] ? text : "the control group takes no processes");
    eco_free(s->ctx, dir);
    return status;
}

/* In the other order than hand_down.  What other runs have below the group is not taken away. */
static void hand_back(eco_cgroup_place *place)
{
    if (!place->path)
        return;
    for (int k = 0; k < ECO_CONTROLLERS_N; k++) {
        char word[16];
        if (!place->is_handed[k] || !is_childless(place->path, place->leaf ? 1 : 0))
            continue;
        (void)snprintf(word, sizeof word, "-%s", eco_controller_name((eco_controller)k));
        (void)put(place->path, "cgroup.subtree_control", word);
    }
    if (place->leaf) {
        (void)put(place->path, "cgroup.procs", "0");
        (void)rmdir(place->leaf);
    }
    eco_free(place->ctx, place->leaf);
    place->leaf = NULL;
}

static ecopt_status find_place(search *s, bool wants_limits, eco_cgroup_place *place)
{
    offer o = {.may_hand = false};
    ECO_TRY(find_own(s));
    if (!s->own) {
        set_why(place, "there is no cgroup v2 hierarchy");
        return ECOPT_OK;
    }
    ECO_TRY(choose(s, wants_limits, place, &o));
    if (!place->path)
        return ECOPT_OK;
    memcpy(place->has, o.is_handed, sizeof place->has);
    if (wants_limits)
        ECO_TRY(hand_down(s, &o, place));
    explain(s, &o, place);
    if (can_enter(place))
        return ECOPT_OK;
    for (int k = 0; k < ECO_CONTROLLERS_N; k++) {
        place->has[k] = false;
        (void)snprintf(place->why[k], sizeof place->why[k],
                       "no process can be moved into a group in '%.100s'", place->path);
    }
    hand_back(place);
    eco_free(s->ctx, place->path);
    place->path = NULL;
    return ECOPT_OK;
}

ecopt_status eco_cgroup_find(ecopt_ctx *ctx, const char *system_root, bool wants_limits,
                             eco_cgroup_place *ret_place)
{
    search s = {.ctx = ctx, .root = system_root ? system_root : ""};
    eco_cgroup_place place = {.ctx = ctx, .system_root = eco_strdup(ctx, s.root)};
    ecopt_status status = place.system_root ? find_place(&s, wants_limits, &place) : ECOPT_E_NOMEM;
    eco_free(ctx, s.own);
    eco_free(ctx, s.mount);
    if (status != ECOPT_OK) {
        eco_cgroup_release(&place);
        return status;
    }
    *ret_place = place;
    return ECOPT_OK;
}

void eco_cgroup_release(eco_cgroup_place *place)
{
    if (!place->ctx)
        return;
    hand_back(place);
    eco_free(place->ctx, place->path);
    eco_free(place->ctx, place->system_root);
    *place = (eco_cgroup_place){.ctx = NULL};
}
