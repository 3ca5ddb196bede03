/* A rollcalld that hands over more than this one (tests/upgrade.bats): linked with
 * -Wl,--wrap=log_carry, the last of its parts. */
#include <stdint.h>

#include "server/parcel.h"

void __real_log_carry(struct parcel *parcel);
void __wrap_log_carry(struct parcel *parcel);

void __wrap_log_carry(struct parcel *parcel)
{
    uint64_t more = 1;

    __real_log_carry(parcel);
    parcel_bytes(parcel, &more, sizeof more);
}
