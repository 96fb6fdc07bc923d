/* nudge.c - see nudge.h. */
#include "platform/nudge.h"

#include "core/config.h"
#include "core/log.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static bool address(struct sockaddr_un *ret)
{
    *ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
    int n = snprintf(ret->sun_path, sizeof ret->sun_path, "%s/worker.sock", config_text(CONF_RUN_DIR));
    return n > 0 && (size_t)n < sizeof ret->sun_path;
}

void nudge_send(unsigned bits)
{
    static int fd = -1;
    struct sockaddr_un to;
    unsigned char byte = (unsigned char)bits;
    if (fd < 0) {
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    }
    if (fd >= 0 && address(&to)) {
        (void)sendto(fd, &byte, 1, MSG_NOSIGNAL, (const struct sockaddr *)&to, sizeof to);
    }
}

int nudge_listen(void)
{
    struct sockaddr_un at;
    if (!address(&at)) {
        LOG(LOG_WARN, "nudge_unheard", LOG_STR("message", "the path of RUN_DIR is too long for a socket"));
        return -1;
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    unlink(at.sun_path);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&at, sizeof at) != 0) {
        LOG(LOG_WARN, "nudge_unheard", LOG_STR("message", strerror(errno)), LOG_STR("path", at.sun_path));
        if (fd >= 0) {
            close(fd);
        }
        return -1;
    }
    chmod(at.sun_path, 0660);
    return fd;
}

unsigned nudge_read(int fd)
{
    unsigned bits = 0;
    unsigned char byte;
    while (recv(fd, &byte, 1, 0) == 1) {
        bits |= byte;
    }
    return bits;
}
