/* --check-config: after the steps of the start that change nothing, what else can be checked
 * without starting. */
#ifndef SERVER_CONFIG_CHECK_H
#define SERVER_CONFIG_CHECK_H

#include "server/clerk/clerk.h"
#include "server/config.h"
#include "server/files/inbox.h"

/* Says that the settings are right, or ends with the first fault (start_die). Returns the exit
 * status. */
int config_check(const struct config *config, const struct inbox *inbox, const struct clerk *clerk);

#endif
