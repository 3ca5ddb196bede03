#define _POSIX_C_SOURCE 200809L

#include "server/carry.h"

#include <stdlib.h>
#include <string.h>

#include "server/journal.h"
#include "server/log.h"
#include "server/system/platform.h"
#include "server/system/sandbox.h"
#include "server/wire/settings.h"
#include "shm/table/registry.h"

/* A part's version is the size of what it packs whole, and a number that is raised when the meaning
 * of these bytes changes and their size does not. */
#define SAME(size, number) ((uint64_t)(size) << 8 | (number))

/* ---- the settings: as texts, by name, so programs may differ in the options that they know */

/* Adds a text with its NUL, as far as there is room. */
static size_t add(char *to, size_t room, size_t used, const char *text)
{
    size_t size = strlen(text) + 1;

    if (to != NULL && size <= room - used)
        memcpy(to + used, text, size);
    return size;
}

/* Writes names and values, by turns, if there is room. Returns their bytes. */
static size_t write_settings(const struct config *config, char *to, size_t room)
{
    size_t used = 0;

    for (size_t i = 0; i < config_table.count; i++) {
        const struct option *option = &config_table.rows[i];
        char shown[SETTINGS_SHOWN];
        const char *value;

        for (size_t n = 0;
             !option->words_only && (value = settings_value(option, config, n, shown)) != NULL;
             n++) {
            used += add(to, room, used < room ? used : room, option->name);
            used += add(to, room, used < room ? used : room, value);
        }
    }
    return used;
}

static bool pack_settings(struct parcel *parcel, const struct config *config)
{
    size_t length = write_settings(config, NULL, 0);
    char *text = malloc(length);

    if (text == NULL)
        return false;
    (void)write_settings(config, text, length);
    parcel_block(parcel, &text, &length);
    free(text);
    return true;
}

static const struct option *find_option(const char *name)
{
    for (size_t i = 0; i < config_table.count; i++)
        if (strcmp(config_table.rows[i].name, name) == 0)
            return &config_table.rows[i];
    return NULL;
}

/* The settings point into the text. */
static void unpack_settings(struct parcel *parcel, struct config *config)
{
    char expected[256], *at, *end;
    size_t length;

    *config = config_defaults;
    parcel_block(parcel, &config->text, &length);
    for (at = config->text, end = at + length; at < end && parcel->failed == NULL;) {
        const struct option *option = find_option(at);

        at += strlen(at) + 1;
        if (option == NULL || at >= end ||
            !options_set(option, config, at, expected, sizeof expected))
            parcel_fail(parcel);
        else
            at += strlen(at) + 1;
    }
}

/* The command line is the new program's own, and the same. */
static bool carry_settings(struct parcel *parcel, struct belongings *all)
{
    struct reload *reload = all->reload;
    struct config_file *file = reload->file;

    parcel_part(parcel, "the settings", SAME(sizeof reload->key, 1));
    if (parcel->packs && !pack_settings(parcel, all->config))
        return false;
    if (!parcel->packs)
        unpack_settings(parcel, all->config);
    parcel_text(parcel, &all->config->became);
    parcel_text(parcel, &all->config->file);
    parcel_text(parcel, &file->path);
    parcel_text(parcel, &file->name);
    parcel_text(parcel, &file->absolute);
    parcel_bytes(parcel, &file->directory, sizeof file->directory);
    parcel_text(parcel, &reload->key_path);
    parcel_bytes(parcel, &reload->key, sizeof reload->key);
    reload->config = all->config;
    reload->service = all->service;
    return true;
}

/* ---- what handlers have, too, and what they tell others: those that run stay what they are */

static bool carry_table(struct parcel *parcel, struct belongings *all)
{
    parcel_part(parcel, "the table", registry_layout());
    parcel_bytes(parcel, all->table, sizeof *all->table);
    return parcel->packs || parcel->failed != NULL || registry_map(all->table) == 0;
}

static bool carry_journal(struct parcel *parcel, struct belongings *all)
{
    (void)all;
    parcel_part(parcel, "the journal", SAME(sizeof(struct journal_note), JOURNAL_EVENTS));
    return true;
}

static bool carry_service(struct parcel *parcel, struct belongings *all)
{
    struct service *service = all->service;

    parcel_part(parcel, "what handlers get", SAME(sizeof *service + sizeof(struct inbox), 1));
    parcel_bytes(parcel, service, sizeof *service);
    parcel_text(parcel, &service->share_path);
    parcel_text(parcel, &service->user);
    parcel_text(parcel, &service->room);
    parcel_bytes(parcel, all->key, sizeof *all->key);
    parcel_bytes(parcel, all->bell, sizeof *all->bell);
    parcel_bytes(parcel, all->inbox, sizeof *all->inbox);
    parcel_text(parcel, &all->inbox->path);
    service->inbox = all->inbox;
    service->bell = all->bell;
    service->key = all->key;
    return true;
}

static bool carry_confinement(struct parcel *parcel, struct belongings *all)
{
    (void)all;
    parcel_part(parcel, "the confinement", sandbox_identity());
    return true;
}

/* ---- the parent */

/* The page, if one is served. */
static void carry_web(struct parcel *parcel, struct belongings *all)
{
    struct host_names *names = &all->web->names;

    parcel_bytes(parcel, all->web_listener, sizeof *all->web_listener);
    parcel_bytes(parcel, all->web, sizeof *all->web);
    for (size_t i = 0; i < names->count && i < all->config->web_hosts.count; i++)
        names->name[i] = all->config->web_hosts.text[i];
    all->service->web = all->web_listener->count > 0 ? all->web : NULL;
}

static bool carry_parent(struct parcel *parcel, struct belongings *all)
{
    parcel_part(
        parcel, "the parent's book",
        SAME(sizeof(struct parent) + sizeof(struct retire_request) + sizeof(struct visit_note), 2));
    if (!parcel->packs) {
        all->parent = platform_private_memory(sizeof *all->parent);
        if (all->parent == NULL)
            return false;
    }
    parcel_bytes(parcel, all->parent, sizeof *all->parent);
    parcel_bytes(parcel, all->listener, sizeof *all->listener);
    carry_web(parcel, all);
    all->parent->places.share_path = all->service->share_path;
    all->parent->listener = all->listener;
    all->parent->web = all->web_listener;
    all->parent->table = all->table;
    all->parent->inbox = all->inbox;
    all->parent->bell = all->bell;
    all->parent->reload = all->reload;
    return true;
}

static bool carry_slots(struct parcel *parcel, struct belongings *all)
{
    parcel_part(parcel, "the slots", SAME(sizeof(struct slot_entry), 1));
    return slots_carry(&all->parent->slots, parcel);
}

static bool carry_admission(struct parcel *parcel, struct belongings *all)
{
    parcel_part(parcel, "the addresses", 2);
    return admission_carry(&all->parent->admission, &all->config->admission, parcel);
}

static bool carry_recorder(struct parcel *parcel, struct belongings *all)
{
    parcel_part(parcel, "the notes for the journal", 1);
    return recorder_carry(&all->parent->recorder, parcel);
}

static bool carry_log(struct parcel *parcel, struct belongings *all)
{
    (void)all;
    parcel_part(parcel, "the log", 1);
    log_carry(parcel);
    return true;
}

static bool (*const parts[])(struct parcel *, struct belongings *) = {
    carry_confinement, carry_journal, carry_settings,  carry_table,    carry_service,
    carry_parent,      carry_slots,   carry_admission, carry_recorder, carry_log,
};

bool carry_all(struct parcel *parcel, struct belongings *belongings)
{
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (!parts[i](parcel, belongings) || parcel->failed != NULL)
            return false;
    return true;
}
