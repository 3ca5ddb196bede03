/* A damaged table, as rollcallctl reads it. The input is a list of changes to an intact table,
 * eight bytes each: a place, and four bytes to put there. */
#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shm/ctl/check.h"
#include "shm/ctl/report_json.h"
#include "shm/ctl/report_text.h"
#include "shm/ctl/survey.h"
#include "shm/table/history.h"
#include "shm/table/registry.h"
#include "shm/table/slot.h"
#include "shm/table/view.h"
#include "tests/fuzz/fuzz.h"

#define CHANGES 64

static struct table table;
static char room[32];
static FILE *null;

static void clean_up(void)
{
    registry_destroy(&table);
}

static void begin(void)
{
    struct record record = {.serial = 1, .connected = 1, .connected_ns = 1};
    struct transfer transfer = {.serial = 1};

    (void)snprintf(room, sizeof room, "fuzz.%ld", (long)getpid());
    if (registry_create(&table, room, 4) != 0 || (null = fopen("/dev/null", "w")) == NULL)
        abort();
    atexit(clean_up);
    (void)snprintf(record.name, sizeof record.name, "Client01");
    (void)snprintf(transfer.client, sizeof transfer.client, "Client01");
    (void)snprintf(transfer.file, sizeof transfer.file, "f");
    registry_set_top(&table, 4);
    for (uint32_t i = 0; i < 8; i++) {
        struct slot mine = {.table = &table, .number = i % 4, .serial = i + 1};

        record.serial = transfer.serial = i + 1;
        transfer.kind = i % TRANSFER_KINDS;
        registry_count_accepted(&table);
        if (slot_enter(&mine, &record) != 0 || history_note(&mine, &transfer) != 0 ||
            (i < 4 && slot_leave(&mine, &record, LEFT_EXIT) != 0))
            abort();
    }
}

static void be_silent(void *context, const char *problem)
{
    (void)context, (void)problem;
}

static void read_it(void)
{
    struct table view;

    if (view_open(&view, room) != 0)
        return;
    for (int kind = REPORT_STATUS; kind <= REPORT_HANDINS; kind++) {
        struct report report = {.kind = (enum report_kind)kind, .room = room};

        if (survey_take(&report, &view) == 0) {
            report_text(&report, null);
            report_json(&report, null);
        }
        survey_free(&report);
    }
    (void)check_table(&view, 0, be_silent, NULL);
    /* view_close would end the lock of this process, which has another descriptor of the object */
    munmap(view.memory, view.size);
    (void)close(view.fd);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct {
        size_t at;
        unsigned char was[4];
    } undo[CHANGES];
    size_t changes = 0;
    unsigned char *bytes;

    if (table.memory == NULL)
        begin();
    bytes = (unsigned char *)table.memory;
    for (; changes < CHANGES && size >= 8; data += 8, size -= 8, changes++) {
        uint32_t at;

        memcpy(&at, data, sizeof at);
        /* mostly where the header or the slots are */
        at = at % 4 == 0 ? at % 512 : at % 4 == 1 ? (uint32_t)table.size - 1 - at % 8192 : at;
        undo[changes].at = at % (table.size - 4);
        memcpy(undo[changes].was, bytes + undo[changes].at, 4);
        memcpy(bytes + undo[changes].at, data + 4, 4);
    }
    read_it();
    while (changes-- > 0)
        memcpy(bytes + undo[changes].at, undo[changes].was, 4);
    return 0;
}
