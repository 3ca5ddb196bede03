/* The attendance in its three forms. Errors are the stream's. */
#ifndef SHM_CTL_ATTENDANCE_PRINT_H
#define SHM_CTL_ATTENDANCE_PRINT_H

#include <stdio.h>

#include "shm/ctl/attendance.h"

void attendance_text(FILE *out, const struct attendance *attendance, const struct ledger *ledger,
                     const struct attendance_question *question);
void attendance_csv(FILE *out, const struct attendance *attendance, const struct ledger *ledger);
void attendance_json(FILE *out, const struct attendance *attendance, const struct ledger *ledger,
                     const struct attendance_question *question);

#endif
