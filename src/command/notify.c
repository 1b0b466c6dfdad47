/* One datagram to a Unix socket; a name that starts with @ is in the abstract namespace. */
#include "command/notify.h"

#include "base/cleanup.h"
#include "base/log.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

void notify_manager(const char *state)
{
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = name == NULL ? 0 : strlen(name);
    if (len < 2 || len >= sizeof address.sun_path)
        return;
    memcpy(address.sun_path, name, len);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);

    int fd defer(close) = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ssize_t sent = fd < 0 ? -1
                          : sendto(fd, state, strlen(state), MSG_NOSIGNAL,
                                   (const struct sockaddr *)&address, size);
    if (sent < 0)
        log_warning("serve", "the service manager at $NOTIFY_SOCKET does not listen");
}
