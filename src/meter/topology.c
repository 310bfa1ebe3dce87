/*
 * The containment graph and the choice of one disjoint total in it.
 *
 * The choice is greedy: the channels of the wanted level first, then whatever narrower is disjoint
 * from all that is taken.  With so few nodes and a relation that is a tree but for the overlaps,
 * nothing better is to be had: an overlap can only be resolved by leaving one of the two out.
 */
#include "meter/topology.h"

#include "meter/source.h"

#include <stdio.h>
#include <string.h>

/* Relation of the wider scope (row) to the narrower or equal one (column), before names are looked
 * at: c contains, d disjoint, o overlaps or not known.
 * psys: firmware decides whether memory and cards are in it; a battery beside a wall feeds the
 * machine or is charged; records of others cover whatever they like. */
static const char RELATIONS[ECO_SCOPE_COUNT][ECO_SCOPE_COUNT + 1] = {
    /* wall, battery, board, psys, module, package, dram, gpu, cpu, part, subject, record */
    "doccccccccdo", " dccccccccdo", "  dcccccccdo", "   oocoocodo", "    dcccccdo", "     dddoodo",
    "      dddodo", "       ddodo", "        oodo", "         odo", "          do", "           o",
};

/* Whether `inner` is named as a part of `outer`: "package-0 core", "package-0-die-1". */
static bool is_named_inside(const char *inner, const char *outer)
{
    size_t n = strlen(outer);
    return strncmp(inner, outer, n) == 0 &&
           (inner[n] == ' ' || strncmp(inner + n, "-die-", 5) == 0);
}

/* "package-0" of "package-0 core". */
static size_t parent_length(const char *domain)
{
    const char *blank = strrchr(domain, ' ');
    return blank ? (size_t)(blank - domain) : 0;
}

/* Whether the name of a part tells in what it is. */
static bool has_known_parent(const char *domain)
{
    return strncmp(domain, "package", 7) == 0 || strncmp(domain, "module", 6) == 0 ||
           strncmp(domain, "gpu ", 4) == 0;
}

/* A part beside or inside something; by_scope is what the table says. */
static char part_relation(const eco_channel *wide, const eco_channel *part, char by_scope)
{
    const char *w = wide->domain, *n = part->domain;
    if (is_named_inside(n, w))
        return 'c';
    /* Parts of a package are inside whatever contains packages. */
    if (wide->scope == ECO_SCOPE_PSYS && strncmp(n, "package", 7) == 0)
        return 'c';
    if (wide->scope == ECO_SCOPE_MODULE && strncmp(n, "module", 6) == 0)
        return 'd';
    if (by_scope != 'o' || wide->scope <= ECO_SCOPE_PSYS || wide->scope == ECO_SCOPE_CPU ||
        !has_known_parent(n))
        return by_scope;
    if (wide->scope != ECO_SCOPE_PART)
        return 'd'; /* of something else, which may be there or not */
    if (!has_known_parent(w))
        return 'o';
    /* Side by side, but what another source calls a part may be the same silicon. */
    size_t of_n = parent_length(n), of_w = parent_length(w);
    return of_n != of_w || memcmp(n, w, of_n) != 0 || wide->ops == part->ops ? 'd' : 'o';
}

/* What the names add to the scopes; `wide` has the wider scope, or the same and a shorter name. */
static char relation_by_name(const eco_channel *wide, const eco_channel *narrow, char by_scope)
{
    const char *w = wide->domain, *n = narrow->domain;
    if (narrow->scope == ECO_SCOPE_PART)
        return part_relation(wide, narrow, by_scope);
    /* A card is in the module of its own name, or in the only one, which has none. */
    if (wide->scope == ECO_SCOPE_MODULE && narrow->scope == ECO_SCOPE_GPU && strchr(w, ' '))
        return strcmp(strchr(w, ' '), strchr(n, ' ') ? strchr(n, ' ') : "") == 0 ? 'c' : 'd';
    /* Boards with several modules number them as their sockets. */
    if (strncmp(w, "module-", 7) == 0 && strncmp(n, "package-", 8) == 0)
        return strcmp(w + 7, n + 8) == 0 ? 'c' : 'd';
    if (wide->scope != narrow->scope)
        return by_scope;
    if (wide->scope == ECO_SCOPE_PACKAGE && is_named_inside(n, w))
        return 'c';
    /* "dram" of a tree without packages above it may be all of the memory. */
    if (wide->scope == ECO_SCOPE_DRAM && (parent_length(w) == 0) != (parent_length(n) == 0))
        return 'o';
    return by_scope;
}

eco_relation eco_topology_relation(const eco_channel *a, const eco_channel *b)
{
    if (strcmp(a->domain, b->domain) == 0)
        return ECO_RELATION_SAME;
    bool is_turned =
        a->scope < b->scope || (a->scope == b->scope && strlen(a->domain) < strlen(b->domain));
    const eco_channel *wide = is_turned ? a : b, *narrow = is_turned ? b : a;
    char relation = relation_by_name(wide, narrow, RELATIONS[wide->scope][narrow->scope]);
    if (relation == 'c')
        return is_turned ? ECO_RELATION_CONTAINS : ECO_RELATION_INSIDE;
    return relation == 'd' ? ECO_RELATION_DISJOINT : ECO_RELATION_OVERLAP;
}

bool eco_scope_may_count(eco_scope scope)
{
    return scope != ECO_SCOPE_PART && scope != ECO_SCOPE_RECORD;
}

/* The CPUs are in it. */
static bool has_cpu(eco_scope scope)
{
    return scope <= ECO_SCOPE_PACKAGE || scope == ECO_SCOPE_CPU || scope == ECO_SCOPE_SUBJECT;
}

static bool is_candidate(const eco_channel *channel)
{
    return channel->is_selected && channel->mirror_of < 0 && eco_scope_may_count(channel->scope);
}

bool eco_topology_has_cpu(const eco_channel_set *set)
{
    for (size_t i = 0; i < set->n_channels; i++)
        if (is_candidate(&set->channels[i]) && has_cpu(set->channels[i].scope))
            return true;
    return false;
}

/* psys is no proof: whether it sees the cards is not known. */
bool eco_topology_counts_gpu(const eco_channel_set *set)
{
    for (size_t i = 0; i < set->n_channels; i++) {
        eco_scope scope = set->channels[i].scope;
        if (set->channels[i].is_counted && scope != ECO_SCOPE_PSYS &&
            (scope <= ECO_SCOPE_MODULE || scope == ECO_SCOPE_GPU))
            return true;
    }
    return false;
}

/* --- The total ------------------------------------------------------------------------------- */

/* Scope of the total: one of the containers, or ECO_SCOPE_PACKAGE for the parts. */
static eco_scope find_level(const eco_channel_set *set)
{
    eco_scope widest = ECO_SCOPE_PACKAGE, narrowest = ECO_SCOPE_WALL;
    bool has_package = false, has_model = false, has_whole = false;
    for (size_t i = 0; i < set->n_channels; i++) {
        const eco_channel *channel = &set->channels[i];
        if (!is_candidate(channel))
            continue;
        has_package = has_package || channel->scope == ECO_SCOPE_PACKAGE;
        has_model = has_model || channel->scope == ECO_SCOPE_CPU;
        if (channel->scope >= ECO_SCOPE_PACKAGE)
            continue;
        has_whole = true;
        widest = channel->scope < widest ? channel->scope : widest;
        narrowest = channel->scope > narrowest ? channel->scope : narrowest;
    }
    bool is_parts = set->wish == ECO_WISH_PARTS   ? has_package || has_model
                    : set->wish == ECO_WISH_WHOLE ? false
                                                  : has_package;
    if (is_parts || !has_whole)
        return ECO_SCOPE_PACKAGE;
    return set->wish == ECO_WISH_PARTS ? narrowest : widest;
}

/* Whether a channel may be added to all in the mask. */
static bool is_disjoint_from(const eco_channel_set *set, uint32_t mask, size_t at)
{
    for (size_t i = 0; i < set->n_channels; i++)
        if ((mask >> i & 1u) &&
            eco_topology_relation(&set->channels[at], &set->channels[i]) != ECO_RELATION_DISJOINT)
            return false;
    return true;
}

/* The wanted level first; then what is narrower and beside it, as a card beside a module. */
static uint32_t choose_counted(const eco_channel_set *set)
{
    eco_scope level = find_level(set);
    uint32_t counted = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < set->n_channels; i++) {
            const eco_channel *channel = &set->channels[i];
            bool is_level = channel->scope == level || channel->scope == ECO_SCOPE_SUBJECT;
            bool is_wanted = pass == 0 ? is_level : !is_level && channel->scope > level;
            if (is_wanted && is_candidate(channel) && is_disjoint_from(set, counted, i))
                counted |= (uint32_t)1 << i;
        }
    return counted;
}

/* First channel of the mask that has the relation to channel `at`; -1 if there is none. */
static int related(const eco_channel_set *set, uint32_t mask, size_t at, eco_relation relation)
{
    for (size_t i = 0; i < set->n_channels; i++)
        if (i != at && (mask >> i & 1u) &&
            eco_topology_relation(&set->channels[at], &set->channels[i]) == relation)
            return (int)i;
    return -1;
}

/* --- The sums that must hold ----------------------------------------------------------------- */

/* First selected channel of its domain: the one that stands for it in a sum. A modelled one bounds
 * nothing. */
static bool is_primary(const eco_channel_set *set, size_t at)
{
    const eco_channel *channel = &set->channels[at];
    if (!channel->is_selected || channel->mirror_of >= 0 || channel->check_of >= 0 ||
        channel->quality >= ECOPT_QUALITY_MODELLED_CALIBRATED)
        return false;
    for (size_t i = 0; i < at; i++)
        if (set->channels[i].is_selected && !channel->is_counted &&
            strcmp(set->channels[i].domain, channel->domain) == 0)
            return false;
    return true;
}

/* Several of these hold the machine together: two plugs, two batteries. */
static bool is_grouped(eco_scope scope)
{
    return scope <= ECO_SCOPE_BOARD || scope == ECO_SCOPE_MODULE;
}

/* All channels that make up the container whose first one is `at`; 0 for a later one. */
static uint32_t group_of(const eco_channel_set *set, size_t at)
{
    uint32_t group = 0;
    eco_scope scope = set->channels[at].scope;
    if (!is_primary(set, at))
        return 0;
    if (!is_grouped(scope))
        return (uint32_t)1 << at;
    for (size_t i = 0; i < set->n_channels; i++) {
        if (set->channels[i].scope != scope || !is_primary(set, i))
            continue;
        if (i < at)
            return 0;
        group |= (uint32_t)1 << i;
    }
    return group;
}

/* Parts that lie in the group and beside one another: those of the total first, so that it is the
 * total that is judged, then packages and cards before whatever else is inside. */
static uint32_t inner_of(const eco_channel_set *set, uint32_t group)
{
    static const eco_scope order[] = {ECO_SCOPE_PACKAGE, ECO_SCOPE_DRAM, ECO_SCOPE_GPU,
                                      ECO_SCOPE_MODULE,  ECO_SCOPE_PSYS, ECO_SCOPE_BOARD,
                                      ECO_SCOPE_PART};
    uint32_t inner = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t k = 0; k < ECO_LEN(order); k++)
            for (size_t i = 0; i < set->n_channels; i++) {
                const eco_channel *channel = &set->channels[i];
                if (channel->scope != order[k] || (pass == 0 && !channel->is_counted) ||
                    !is_primary(set, i) || related(set, group, i, ECO_RELATION_INSIDE) < 0 ||
                    !is_disjoint_from(set, inner, i))
                    continue;
                inner |= (uint32_t)1 << i;
            }
    return inner;
}

void eco_topology_choose(eco_channel_set *set)
{
    uint32_t counted = choose_counted(set);
    for (size_t i = 0; i < set->n_channels; i++) {
        eco_channel *channel = &set->channels[i];
        channel->is_counted = (counted >> i & 1u) != 0;
        bool may_check = channel->is_selected && channel->mirror_of < 0 && !channel->is_counted;
        channel->check_of = may_check ? related(set, counted, i, ECO_RELATION_SAME) : -1;
    }
    for (size_t i = 0; i < set->n_channels; i++) {
        eco_channel *channel = &set->channels[i];
        channel->group = group_of(set, i);
        channel->inner = channel->group ? inner_of(set, channel->group) : 0;
    }
}

/* --- Why ------------------------------------------------------------------------------------- */

void eco_topology_explain(const eco_channel_set *set, const eco_channel *channel, char *text,
                          size_t room_b)
{
    static const struct {
        eco_relation relation;
        const char *text;
    } whys[] = {
        {ECO_RELATION_SAME, "checks"},
        {ECO_RELATION_INSIDE, "inside"},
        {ECO_RELATION_CONTAINS, "contains"},
        {ECO_RELATION_OVERLAP, "may share energy with"},
    };
    size_t at = (size_t)(channel - set->channels);
    uint32_t counted = 0;
    for (size_t i = 0; i < set->n_channels; i++)
        counted |= (uint32_t)set->channels[i].is_counted << i;
    if (channel->is_counted) {
        (void)snprintf(text, room_b, "counted in the total%s",
                       channel->scope == ECO_SCOPE_SUBJECT ? ", as it was named" : "");
        return;
    }
    if (!channel->is_selected) {
        (void)snprintf(text, room_b, "not selected by the options");
        return;
    }
    if (channel->mirror_of >= 0) {
        (void)snprintf(text, room_b, "repeats '%s', not added",
                       set->channels[channel->mirror_of].name);
        return;
    }
    for (size_t k = 0; k < ECO_LEN(whys); k++) {
        int other = related(set, counted, at, whys[k].relation);
        if (other < 0)
            continue;
        (void)snprintf(text, room_b, "%s '%s', not added", whys[k].text, set->channels[other].name);
        return;
    }
    (void)snprintf(text, room_b, "%s",
                   channel->scope == ECO_SCOPE_PART     ? "part of a source that is not there"
                   : channel->scope == ECO_SCOPE_RECORD ? "account of another program, not added"
                                                        : "not part of the chosen total");
}
