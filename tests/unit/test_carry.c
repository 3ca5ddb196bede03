/* What is packed by one program and unpacked by another, here in one process. */
#define _POSIX_C_SOURCE 200809L

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/carry.h"
#include "server/config_read.h"
#include "server/wire/settings.h"
#include "shm/table/registry.h"
#include "tests/unit/tap.h"

enum { SIZE = 1 << 20, SLOTS = 100 };

static unsigned char memory[SIZE];

struct all {
    struct belongings parts;
    struct config config;
    struct key key;
    struct bell bell;
    struct inbox inbox;
    struct listener listener, web_listener;
    struct web web;
    struct table table;
    struct service service;
    struct reload reload;
    struct config_file file;
};

static void collect(struct all *all)
{
    all->parts = (struct belongings){.config = &all->config,
                                     .key = &all->key,
                                     .bell = &all->bell,
                                     .inbox = &all->inbox,
                                     .listener = &all->listener,
                                     .web_listener = &all->web_listener,
                                     .web = &all->web,
                                     .table = &all->table,
                                     .service = &all->service,
                                     .reload = &all->reload};
    all->reload = (struct reload){.file = &all->file};
}

/* A parent with some handlers and addresses. */
static void fill(struct all *all)
{
    static char *words[] = {
        "rollcalld",   "--share",       "a b",  "--bind",        "127.0.0.1",  "--bind",
        "::1",         "--max-clients", "100",  "--allow",       "10.0.0.0/8", "--exempt",
        "10.1.0.0/16", "--name",        "unit", "--inbox-total", "3M",         NULL};
    static struct parent parent;
    char error[256];

    memset(all, 0, sizeof *all);
    collect(all);
    OK(config_parse(&all->config, NULL, 17, words, error, sizeof error));
    all->config.became = "somebody";
    all->file = (struct config_file){.path = "etc/file", .name = "file", .directory = 10};
    all->key = (struct key){.length = 3, .byte = "key"};
    all->bell = (struct bell){.room = 4, .group = {5}, .groups = 1};
    all->inbox = (struct inbox){.path = "/in", .fd = 6, .lock = 7};
    all->listener = (struct listener){.count = 1, .fd = {8}};
    all->service = (struct service){.room = "unit", .share = 3, .share_path = "/a b"};
    OK(registry_create(&all->table, "unit.carry", SLOTS) == 0);
    parent = (struct parent){.serial = 77, .epoch = 5, .control = 9, .recorder.channel = -1};
    all->parts.parent = &parent;
    OK(admission_init(&parent.admission, &all->config.admission, SLOTS) == 0);
    OK(slots_init(&parent.slots, SLOTS) == 0);
    for (uint32_t i = 0; i < 70; i++) {
        struct peer peer = {.family = 4, .address = {10, 2, 0, (unsigned char)i}};
        enum refused_why why;

        OK(admission_admits(&parent.admission, &peer, 1, &why));
        slots_take(&parent.slots, slots_lowest(&parent.slots),
                   &(struct slot_entry){.pid = (pid_t)(1000 + i),
                                        .serial = i,
                                        .entered = admission_enter(&parent.admission, &peer)});
    }
    for (uint32_t i = 0; i < 70; i += 3)
        slots_free(&parent.slots, i);
}

static bool pack(struct all *all)
{
    struct parcel parcel;

    parcel_begin(&parcel, memory, sizeof memory);
    return carry_all(&parcel, &all->parts) && parcel_end(&parcel, "1.2");
}

static bool unpack(struct all *all)
{
    char version[PARCEL_VERSION];
    struct parcel parcel;

    memset(all, 0xee, sizeof *all);
    collect(all);
    return parcel_open(&parcel, memory, sizeof memory, version) &&
           carry_all(&parcel, &all->parts) && parcel_is_empty(&parcel);
}

static bool same_settings(const struct config *one, const struct config *other)
{
    for (size_t i = 0; i < config_table.count; i++)
        if (!config_table.rows[i].words_only && !settings_same(&config_table.rows[i], one, other))
            return false;
    return true;
}

/* The slots, and that both give out the same ones from here on. */
static bool same_slots(struct slots *one, struct slots *other)
{
    for (uint32_t i = 0; i < SLOTS; i++)
        if (one->entry[i].pid != other->entry[i].pid ||
            (one->entry[i].pid != 0 && (one->entry[i].serial != other->entry[i].serial ||
                                        one->entry[i].entered != other->entry[i].entered)))
            return false;
    for (uint32_t i = 0; i < SLOTS; i++) {
        uint32_t slot = slots_lowest(one);

        if (slots_lowest(other) != slot || one->used != other->used || one->top != other->top)
            return false;
        if (slot == SLOTS_NONE)
            break;
        slots_take(one, slot, &(struct slot_entry){.pid = (pid_t)(2000 + i)});
        slots_take(other, slot, &(struct slot_entry){.pid = (pid_t)(2000 + i)});
    }
    return slots_find(one, 1001) == 1 && slots_find(other, 1001) == 1;
}

static bool same_admission(struct admission *one, struct admission *other)
{
    enum refused_why why[2];

    for (int i = 0; i < 256; i++) {
        struct peer peer = {.family = 4, .address = {10, 2, 0, (unsigned char)(i % 80)}};

        if (admission_admits(one, &peer, 2, &why[0]) !=
                admission_admits(other, &peer, 2, &why[1]) ||
            why[0] != why[1] || admission_enter(one, &peer) != admission_enter(other, &peer))
            return false;
    }
    return true;
}

int main(void)
{
    static struct all before, after;
    struct parent *old, *new;

    fill(&before);
    OK(pack(&before));
    OK(unpack(&after));
    old = before.parts.parent;
    new = after.parts.parent;
    OK(same_settings(&before.config, &after.config));
    OK(after.config.share != before.config.share);
    OK(strcmp(after.config.became, "somebody") == 0 && after.config.text != NULL);
    OK(strcmp(after.file.path, "etc/file") == 0 && after.file.absolute == NULL &&
       after.file.directory == 10);
    OK(after.reload.config == &after.config && after.reload.service == &after.service);
    OK(strcmp(after.service.share_path, "/a b") == 0 && after.service.user == NULL);
    OK(after.service.key == &after.key && after.key.length == 3);
    OK(after.service.bell == &after.bell && after.bell.group[0] == 5);
    OK(strcmp(after.inbox.path, "/in") == 0 && after.inbox.lock == 7);
    OK(new->serial == 77 && new->epoch == 5 && new->control == 9);
    OK(new->listener == &after.listener &&new->listener->fd[0] == 8);
    OK(new->table == &after.table &&new->inbox == &after.inbox &&new->bell == &after.bell);
    OK(after.table.memory != before.table.memory && registry_is_sound(&after.table));
    OK(same_admission(&old->admission, &new->admission));
    OK(same_slots(&old->slots, &new->slots));
    registry_destroy(&before.table);
    return tap_end();
}
