#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/limits.h"
#include "server/system/background.h"
#include "tests/unit/tap.h"

static int64_t watchdog(const char *us)
{
    setenv("WATCHDOG_USEC", us, 1);
    return background_watchdog();
}

int main(void)
{
    char pid[24];

    unsetenv("WATCHDOG_PID");
    unsetenv("NOTIFY_SOCKET");
    OK(watchdog("30000000") == 0); /* there is nobody to tell */
    setenv("NOTIFY_SOCKET", "/nowhere", 1);
    OK(watchdog("30000000") == INT64_C(15000000000));
    OK(watchdog("1") == LIMIT_ALIVE_MS * INT64_C(1000000));
    OK(watchdog("19999") == LIMIT_ALIVE_MS * INT64_C(1000000));
    OK(watchdog("9223372036854775") == INT64_C(9223372036854775) * 1000 / 2);
    OK(watchdog("9223372036854776") == 0);
    OK(watchdog("99999999999999999999") == 0);
    OK(watchdog("0") == 0);
    OK(watchdog("-5") == 0);
    OK(watchdog("often") == 0);
    setenv("WATCHDOG_PID", "1", 1);
    OK(watchdog("30000000") == 0);
    (void)snprintf(pid, sizeof pid, "%ld", (long)getpid());
    setenv("WATCHDOG_PID", pid, 1);
    OK(watchdog("30000000") == INT64_C(15000000000));
    return tap_end();
}
