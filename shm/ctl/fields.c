#define _POSIX_C_SOURCE 200809L

#include "shm/ctl/fields.h"
#include "shm/ctl/limits.h"

#include <stdio.h>

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

#define CLIENT(member)   offsetof(struct report_line, of.client.member)
#define ENDED(member)    offsetof(struct report_line, of.ended.member)
#define TRANSFER(member) offsetof(struct report_line, of.transfer.member)

static const struct field client_fields[] = {
    {"NAME", "name", FIELD_TEXT, CLIENT(name)},
    {"ADDRESS", "address", FIELD_PEER, CLIENT(peer)},
    {NULL, "port", FIELD_PORT, CLIENT(peer)},
    {"VIA", "via", FIELD_VIA, CLIENT(via)},
    {"CONNECTED", "connected", FIELD_TIME, CLIENT(connected)},
    {"IDLE", "idle_seconds", FIELD_SPAN, offsetof(struct report_line, idle_ns)},
    {"REQUESTS", "requests", FIELD_COUNT, CLIENT(requests)},
    {"MESSAGES", "messages", FIELD_COUNT, CLIENT(messages)},
    {"IN", "bytes_in", FIELD_BYTES, CLIENT(bytes_in)},
    {"OUT", "bytes_out", FIELD_BYTES, CLIENT(bytes_out)},
    {"HAND", "hand", FIELD_HAND, offsetof(struct report_line, hand)},
    {NULL, "hand_raised", FIELD_TIME, CLIENT(hand)},
    {NULL, "hand_text", FIELD_HAND_TEXT, CLIENT(hand_text)},
    {"DOING", "doing", FIELD_TEXT, CLIENT(doing)},
    {"DONE", "doing_done", FIELD_DOING_BYTES, CLIENT(done)},
    {"OF", "doing_total", FIELD_DOING_BYTES, CLIENT(total)},
};

static const struct field ended_fields[] = {
    {"NAME", "name", FIELD_TEXT, ENDED(name)},
    {"ADDRESS", "address", FIELD_PEER, ENDED(peer)},
    {NULL, "port", FIELD_PORT, ENDED(peer)},
    {"VIA", "via", FIELD_VIA, ENDED(via)},
    {"CONNECTED", "connected", FIELD_TIME, ENDED(connected)},
    {"LEFT", "left", FIELD_TIME, ENDED(left)},
    {"LASTED", "seconds", FIELD_SPAN, ENDED(lasted_ns)},
    {"REQUESTS", "requests", FIELD_COUNT, ENDED(requests)},
    {"MESSAGES", "messages", FIELD_COUNT, ENDED(messages)},
    {"IN", "bytes_in", FIELD_BYTES, ENDED(bytes_in)},
    {"OUT", "bytes_out", FIELD_BYTES, ENDED(bytes_out)},
    {"WHY", "why", FIELD_WHY, ENDED(why)},
};

static const struct field handout_fields[] = {
    {"CLIENT", "client", FIELD_TEXT, TRANSFER(client)},
    {"ADDRESS", "address", FIELD_PEER, TRANSFER(peer)},
    {NULL, "port", FIELD_PORT, TRANSFER(peer)},
    {"FETCHED", "fetched", FIELD_TIME, TRANSFER(when)},
    {"HAS", "has", FIELD_HAS, offsetof(struct report_line, has)},
    {"BYTES", "bytes", FIELD_COUNT, TRANSFER(done)},
    {"OF", "size", FIELD_COUNT, TRANSFER(size)},
    {"FILE", "file", FIELD_TEXT, TRANSFER(file)},
};

static const struct field handin_fields[] = {
    {"CLIENT", "client", FIELD_TEXT, TRANSFER(client)},
    {"ADDRESS", "address", FIELD_PEER, TRANSFER(peer)},
    {NULL, "port", FIELD_PORT, TRANSFER(peer)},
    {"HANDED IN", "handed_in", FIELD_TIME, TRANSFER(when)},
    {"EARLIER", "earlier", FIELD_EARLIER, TRANSFER(earlier)},
    {"BYTES", "bytes", FIELD_COUNT, TRANSFER(size)},
    {"SHA256", "sha256", FIELD_DIGEST, TRANSFER(digest)},
    {"FILE", "file", FIELD_TEXT, TRANSFER(file)},
};

_Static_assert(LENGTH(client_fields) <= FIELDS_MOST && LENGTH(ended_fields) <= FIELDS_MOST &&
                   LENGTH(handout_fields) <= FIELDS_MOST && LENGTH(handin_fields) <= FIELDS_MOST,
               "FIELDS_MOST is enough");

static const struct field_list lists[] = {
    [REPORT_STATUS] = {"clients", "place", "slot", NULL, NULL, client_fields,
                       LENGTH(client_fields)},
    [REPORT_HISTORY] = {"sessions", "entry", "entry", "ended session", "ended sessions",
                        ended_fields, LENGTH(ended_fields)},
    [REPORT_HANDOUTS] = {"handouts", "entry", "entry", "hand-out", "hand-outs", handout_fields,
                         LENGTH(handout_fields)},
    [REPORT_HANDINS] = {"handins", "entry", "entry", "file handed in", "files handed in",
                        handin_fields, LENGTH(handin_fields)},
};

const struct field_list *fields_of(enum report_kind kind)
{
    return &lists[kind];
}

bool fields_is_number(const struct field *field)
{
    return field->kind >= FIELD_PORT;
}

/* ---- values */

static const char *const has_words[REPORT_HAS_KINDS] = {
    [REPORT_HAS_NONE] = "not yet",
    [REPORT_HAS_PART] = "part",
    [REPORT_HAS_WHOLE] = "whole",
    [REPORT_HAS_VERIFIED] = "verified",
};
static const char *const earlier_words[EARLIERS] = {
    [EARLIER_NONE] = "",
    [EARLIER_SAME] = "same",
    [EARLIER_KEPT] = "kept",
};

void fields_format(char to[FORMAT_SIZE], const struct report_line *line, const struct field *field,
                   bool exact)
{
    const void *value = (const char *)line + field->offset;

    switch (field->kind) {
    case FIELD_TEXT:
        (void)snprintf(to, FORMAT_SIZE, "%s", (const char *)value);
        break;
    case FIELD_PEER:
        format_peer(to, value, exact);
        break;
    case FIELD_TIME:
        format_time(to, *(const int64_t *)value, exact);
        break;
    case FIELD_WHY:
        format_why(to, *(const uint32_t *)value);
        break;
    case FIELD_HAS:
        format_choice(to, *(const uint32_t *)value, has_words, REPORT_HAS_KINDS);
        break;
    case FIELD_EARLIER:
        format_choice(to, *(const uint32_t *)value, earlier_words, EARLIERS);
        break;
    case FIELD_DIGEST:
        format_digest(to, value);
        break;
    case FIELD_PORT:
        format_port(to, value);
        break;
    case FIELD_DOING_BYTES:
        to[0] = '\0';
        if (line->of.client.doing[0] != '\0')
            format_bytes(to, *(const uint64_t *)value, exact);
        break;
    case FIELD_HAND:
        to[0] = '\0';
        if (line->hand > 0)
            format_bytes(to, line->hand, true);
        break;
    case FIELD_VIA:
        (void)snprintf(to, FORMAT_SIZE, "%s", via_word(*(const uint32_t *)value));
        break;
    case FIELD_HAND_TEXT:
        (void)snprintf(to, FORMAT_SIZE, "%s",
                       line->of.client.hand_ns != 0 ? (const char *)value : "");
        break;
    case FIELD_COUNT:
        format_bytes(to, *(const uint64_t *)value, true);
        break;
    case FIELD_BYTES:
        format_bytes(to, *(const uint64_t *)value, exact);
        break;
    case FIELD_SPAN:
        format_span(to, *(const int64_t *)value, exact);
        break;
    }
}

/* ---- counters */

bool fields_counter(const struct report *report, enum counter_group group, size_t i,
                    struct counter *counter)
{
    const struct counters *of = &report->counters;
    const struct counter plain[] = {
        {"accepted", "accepted", of->accepted},
        {"reaped", "reaped", of->reaped},
        {"recovered", "recovered", of->recovered},
        {"lock_waits", "lock waits", of->lock_waits},
        {"slowed", "slowed", of->slowed},
        {"log_lost", "log lines lost", of->log_lost},
        {"unrecorded", "unrecorded", of->unrecorded},
    };
    const struct reason *reason;

    switch (group) {
    case COUNTERS:
        if (i < LENGTH(plain))
            *counter = plain[i];
        return i < LENGTH(plain);
    case COUNTERS_REFUSED:
        if (i >= REFUSED_REASONS)
            return false;
        reason = refused_reason((enum refused_why)i);
        *counter = (struct counter){reason->key, reason->words, of->refused[i]};
        return true;
    case COUNTERS_LEFT:
        if (i >= LEFT_REASONS)
            return false;
        reason = left_reason((enum left_why)i);
        *counter = (struct counter){reason->key, reason->words, of->left[i]};
        return true;
    }
    return false;
}
