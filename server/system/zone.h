/* The time zone, for a program that cannot read the system's files of zones any more. */
#ifndef SERVER_SYSTEM_ZONE_H
#define SERVER_SYSTEM_ZONE_H

#include <stddef.h>

/* Writes the rule of the zone that holds now, as $TZ takes it without a file ("CET-1CEST,M3.5.0,
 * M10.5.0/3"). "": $TZ is one already, or the zone has none of `size` bytes. */
void zone_rule(char *rule, size_t size);

#endif
