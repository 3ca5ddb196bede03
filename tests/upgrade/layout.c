/* A rollcalld whose table has another layout (tests/upgrade.bats): linked with
 * -Wl,--wrap=registry_layout. */
#include <stdint.h>

uint64_t __real_registry_layout(void);
uint64_t __wrap_registry_layout(void);

uint64_t __wrap_registry_layout(void)
{
    return __real_registry_layout() + 1;
}
