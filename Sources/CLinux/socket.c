#define _GNU_SOURCE

#include "CLinux.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

// SCM_MAX_FD of the kernel: it accepts no more in one message.
#define DESCRIPTORS_MAX 253

int martlet_accept4(int descriptor, int flags)
{
    return accept4(descriptor, NULL, NULL, flags);
}

int martlet_pipe2(int descriptors[2], int flags)
{
    return pipe2(descriptors, flags);
}

int martlet_memfd_create(const char *name)
{
    return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

int martlet_memfd_seal(int descriptor)
{
    return fcntl(
        descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
}

int martlet_memfd_seal_size(int descriptor)
{
    return fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
}

int martlet_memfd_seal_shrink(int descriptor)
{
    return fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL);
}

int martlet_memfd_never_shrinks(int descriptor)
{
    int seals = fcntl(descriptor, F_GET_SEALS);
    return seals < 0 ? -1 : (seals & F_SEAL_SHRINK) != 0;
}

int martlet_peer_credentials(int descriptor, struct martlet_credentials *credentials)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return -1;
    *credentials = (struct martlet_credentials){.pid = peer.pid, .uid = peer.uid, .gid = peer.gid};
    return 0;
}

int martlet_peer_groups(int descriptor, gid_t *groups, size_t capacity)
{
    socklen_t size = capacity * sizeof *groups;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0) return -1;
    return size / sizeof *groups;
}

static void take_descriptors(
    const struct cmsghdr *header, int *descriptors, size_t capacity, size_t *count)
{
    size_t arrived = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < arrived; i++) {
        int descriptor;
        memcpy(&descriptor, CMSG_DATA(header) + i * sizeof(int), sizeof descriptor);
        if (*count < capacity)
            descriptors[(*count)++] = descriptor;
        else
            close(descriptor);
    }
}

static void take_credentials(const struct cmsghdr *header, struct martlet_received *received)
{
    struct ucred sender;
    memcpy(&sender, CMSG_DATA(header), sizeof sender);
    received->credentials =
        (struct martlet_credentials){.pid = sender.pid, .uid = sender.uid, .gid = sender.gid};
    received->has_credentials = true;
}

ssize_t martlet_receive(
    int descriptor, void *buffer, size_t size, int *descriptors, size_t capacity,
    struct martlet_received *received)
{
    _Alignas(struct cmsghdr) char
        control[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(int) * DESCRIPTORS_MAX)];
    struct iovec part = {.iov_base = buffer, .iov_len = size};
    struct msghdr message = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control,
        // Credentials are written first. With room for them alone the kernel throws foreign
        // descriptors away itself: none enters our table, so none can exhaust it, and none is
        // flushed by a close of ours, which a file system in user space could hold up.
        .msg_controllen = capacity == 0 ? CMSG_SPACE(sizeof(struct ucred)) : sizeof control,
    };
    *received = (struct martlet_received){0};

    ssize_t length = recvmsg(descriptor, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (length < 0) return -1;
    received->truncated = (message.msg_flags & MSG_TRUNC) != 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL;
         header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET) continue;
        if (header->cmsg_type == SCM_RIGHTS)
            take_descriptors(header, descriptors, capacity, &received->descriptor_count);
        else if (header->cmsg_type == SCM_CREDENTIALS
                 && header->cmsg_len == CMSG_LEN(sizeof(struct ucred)))
            take_credentials(header, received);
    }
    return length;
}

ssize_t martlet_send(
    int descriptor, const void *buffer, size_t size, const int *descriptors, size_t count,
    const struct sockaddr *address, socklen_t address_length)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int) * DESCRIPTORS_MAX)];
    struct iovec part = {.iov_base = (void *)buffer, .iov_len = size};
    struct msghdr message = {
        .msg_name = (void *)address,
        .msg_namelen = address_length,
        .msg_iov = &part,
        .msg_iovlen = 1,
    };
    if (count > DESCRIPTORS_MAX) {
        errno = EINVAL;
        return -1;
    }
    if (count > 0) {
        memset(control, 0, CMSG_SPACE(sizeof(int) * count));
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(header), descriptors, sizeof(int) * count);
    }
    return sendmsg(descriptor, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}
