/* A table of three slots for the unit tests: made by table_begin, with room names of their own. */
#ifndef TESTS_UNIT_TABLE_H
#define TESTS_UNIT_TABLE_H

#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "server/wire/clock.h"
#include "shm/table/registry.h"
#include "tests/unit/tap.h"

#define TABLE_TEST_SLOTS 3

static char room[64];
static struct table table;
static uint64_t serial; /* of the session that came last */

static inline void table_begin(void)
{
    (void)snprintf(room, sizeof room, "unit.%ld", (long)getpid());
    OK(registry_create(&table, room, TABLE_TEST_SLOTS) == 0);
}

/* The record of a new session. */
static inline struct record somebody(const char *name)
{
    struct record record = {.serial = ++serial, .connected = 1739206634};

    (void)snprintf(record.name, sizeof record.name, "%s", name);
    record.connected_ns = record.active_ns = clock_now();
    return record;
}

/* The slot of that session. */
static inline struct slot slot_at(uint32_t number, const struct record *record)
{
    return (struct slot){.table = &table, .number = number, .serial = record->serial};
}

#endif
