/* Times as HTTP writes them (RFC 9110, section 5.6.7). */
#ifndef SERVER_WEB_DATE_H
#define SERVER_WEB_DATE_H

#include <stdbool.h>
#include <time.h>

/* "Sun, 06 Nov 1994 08:49:37 GMT"; a time without a year of four digits becomes the Epoch. */
#define DATE_SIZE 30
void date_write(char to[DATE_SIZE], time_t when);

/* Reads that form, or one of the two old ones. False: it is none of them. */
bool date_parse(const char *text, time_t *when);

#endif
