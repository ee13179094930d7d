// The parts of libmicrohttpd(3) this project calls; for what Swift can't call, as it is variadic, or
// names otherwise with another version of the header, there are words of our own.

#ifndef CMICROHTTPD_H
#define CMICROHTTPD_H

#include <microhttpd.h>
#include <stddef.h>
#include <stdint.h>

static const enum MHD_Result martlet_http_yes = MHD_YES;
static const enum MHD_Result martlet_http_no = MHD_NO;

struct martlet_http_limits {
    unsigned connections;
    /// A connection on which nothing has happened for so long is closed.
    unsigned seconds;
    /// Bytes for each connection.
    size_t memory;
};

/// A server with no thread of its own: MHD_run(3) serves whoever is there. NULL without memory or
/// descriptors. The socket is not closed as long as the server is not stopped.
static inline struct MHD_Daemon *_Nullable martlet_http_start(
    int listener, struct martlet_http_limits limits, MHD_AccessHandlerCallback _Nonnull handler,
    void *_Nullable context)
{
    struct MHD_OptionItem options[] = {
        {MHD_OPTION_LISTEN_SOCKET, listener, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, (intptr_t)limits.connections, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, (intptr_t)limits.seconds, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, (intptr_t)limits.memory, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    return MHD_start_daemon(
        MHD_USE_EPOLL, 0, NULL, NULL, handler, context, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

/// Readable when there is something to do; -1 if there is none.
static inline int martlet_http_epoll(struct MHD_Daemon *_Nonnull server)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(server, MHD_DAEMON_INFO_EPOLL_FD);
    return info ? info->epoll_fd : -1;
}

static inline unsigned martlet_http_connections(struct MHD_Daemon *_Nonnull server)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
    return info ? info->num_connections : 0;
}

/// With a copy of the bytes; NULL without memory.
static inline struct MHD_Response *_Nullable martlet_http_response(
    const void *_Nonnull bytes, size_t count)
{
    return MHD_create_response_from_buffer(count, (void *)bytes, MHD_RESPMEM_MUST_COPY);
}

#endif
