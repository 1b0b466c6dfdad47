/* The service manager's protocol, sd_notify(3), in the few lines that it takes. */
#pragma once

/*
 * Sends "READY=1" and the like to $NOTIFY_SOCKET; nothing happens without one. A manager that does
 * not listen is logged and no failure.
 */
void notify_manager(const char *state);
