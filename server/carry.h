/* What the daemon takes along when another program takes its place (server/parent/upgrade.h): what
 * main.c has made, and the parent's private book. Descriptors stay open under their numbers. */
#ifndef SERVER_CARRY_H
#define SERVER_CARRY_H

#include "server/admitted.h"
#include "server/config.h"
#include "server/parcel.h"
#include "server/parent/parent.h"
#include "server/parent/reload.h"
#include "server/web/visit.h"
#include "server/wire/key.h"

struct belongings {
    struct config *config;
    struct key *key;
    struct bell *bell;
    struct inbox *inbox;
    struct listener *listener, *web_listener;
    struct web *web;
    struct table *table;
    struct service *service;
    struct reload *reload;
    struct parent *parent;
};

/* Packs all of them; or unpacks them, maps the table, and makes the parent's memory. A structure
 * travels whole, so a new field that is plain data needs nothing here; a new pointer does. Nobody
 * else sees anything of it: nothing is written to the table, to a client or to the log. False:
 * parcel->failed is the part that did not fit or differs, or NULL and errno says what failed. */
bool carry_all(struct parcel *parcel, struct belongings *belongings);

#endif
