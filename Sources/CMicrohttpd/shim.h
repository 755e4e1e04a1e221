/* What Swift cannot call or would have to cast: MHD_start_daemon is variadic, its callbacks are
   untyped there, and the info calls return unions. */
#pragma once
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <microhttpd.h>

struct trunkline_mhd_settings {
  unsigned int connections;
  unsigned int idle_seconds;
  size_t connection_bytes;
  const char *certificate; /* PEM; null: no TLS */
  const char *key;
  const char *priorities;
  MHD_LogCallback log;
  MHD_NotifyConnectionCallback connection;
  void *(*target)(void *context, const char *uri, struct MHD_Connection *connection);
  MHD_AccessHandlerCallback handler;
  MHD_RequestCompletedCallback completed;
  void *context; /* the first argument of every callback */
};

/* Leaves the URL as it came: we keep the raw target and never look at the decoded one. */
static inline size_t trunkline_mhd_keep(void *context, struct MHD_Connection *c, char *text) {
  (void)context;
  (void)c;
  return strlen(text);
}

/* A daemon with one thread, which serves the connections that MHD_add_connection gives it. */
static inline struct MHD_Daemon *trunkline_mhd_start(const struct trunkline_mhd_settings *s) {
  unsigned int flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET |
                       MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
  struct MHD_OptionItem more[4];
  int n = 0;
  memset(more, 0, sizeof more);
  if (s->certificate) {
    flags |= MHD_USE_TLS;
    more[n].option = MHD_OPTION_HTTPS_MEM_CERT;
    more[n++].ptr_value = (void *)s->certificate;
    more[n].option = MHD_OPTION_HTTPS_MEM_KEY;
    more[n++].ptr_value = (void *)s->key;
    more[n].option = MHD_OPTION_HTTPS_PRIORITIES;
    more[n++].ptr_value = (void *)s->priorities;
  }
  more[n].option = MHD_OPTION_END;
  return MHD_start_daemon(
      flags, 0, NULL, NULL, s->handler, s->context,
      /* first, so that it hears of everything that goes wrong below */
      MHD_OPTION_EXTERNAL_LOGGER, s->log, s->context,
      MHD_OPTION_CONNECTION_LIMIT, s->connections,
      MHD_OPTION_CONNECTION_TIMEOUT, s->idle_seconds,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, s->connection_bytes,
      MHD_OPTION_URI_LOG_CALLBACK, s->target, s->context,
      MHD_OPTION_UNESCAPE_CALLBACK, trunkline_mhd_keep, (void *)0,
      MHD_OPTION_NOTIFY_CONNECTION, s->connection, s->context,
      MHD_OPTION_NOTIFY_COMPLETED, s->completed, s->context,
      MHD_OPTION_ARRAY, more, MHD_OPTION_END);
}

static inline int trunkline_mhd_socket(struct MHD_Connection *c) {
  const union MHD_ConnectionInfo *i = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
  return i ? i->connect_fd : -1;
}
static inline const struct sockaddr *trunkline_mhd_client(struct MHD_Connection *c) {
  const union MHD_ConnectionInfo *i = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  return i ? i->client_addr : NULL;
}
/* What the connection callback left in the connection. */
static inline void *trunkline_mhd_context(struct MHD_Connection *c) {
  const union MHD_ConnectionInfo *i = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return i ? i->socket_context : NULL;
}
/* Bytes of request line and header, once all of it is there; 0 before. */
static inline size_t trunkline_mhd_header_bytes(struct MHD_Connection *c) {
  const union MHD_ConnectionInfo *i =
      MHD_get_connection_info(c, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  return i ? i->header_size : 0;
}

/* What the kernel knows of a TCP socket: how many bytes its peer has sent so far, -1 when it does
   not say, and whether the peer has ended its side.
   The count is tcpi_bytes_received (Linux 4.1), at byte 128 of the kernel's struct tcp_info; glibc's
   struct ends before it, and including linux/tcp.h beside it declares tcp_info twice. */
struct trunkline_tcp_state {
  int64_t bytes_received;
  int peer_has_ended;
};
static inline struct trunkline_tcp_state trunkline_tcp_state(int socket) {
  unsigned char info[256];
  socklen_t length = sizeof info;
  struct trunkline_tcp_state state = {-1, 0};
  if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, info, &length) != 0 || length == 0) return state;
  state.peer_has_ended = info[0] == TCP_CLOSE_WAIT;
  if (length >= 128 + sizeof state.bytes_received)
    memcpy(&state.bytes_received, info + 128, sizeof state.bytes_received);
  return state;
}

/* A GNU extension that Swift's Glibc module hides. */
extern int accept4(int socket, struct sockaddr *address, socklen_t *length, int flags);

/* The port a bound socket got; 0 when it has none. */
static inline uint16_t trunkline_socket_port(int socket) {
  struct sockaddr_storage a;
  socklen_t length = sizeof a;
  if (getsockname(socket, (struct sockaddr *)&a, &length) != 0) return 0;
  if (a.ss_family == AF_INET) return ntohs(((struct sockaddr_in *)&a)->sin_port);
  if (a.ss_family == AF_INET6) return ntohs(((struct sockaddr_in6 *)&a)->sin6_port);
  return 0;
}
