#include "sim/real/tcp_address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <cerrno>
#include <cstring>

namespace weir {
namespace {

// The resolver's numeric answers, so that one place knows the sockaddr variants.
std::vector<SocketAddress> look_up(const Endpoint& endpoint, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  const std::string port = std::to_string(endpoint.port);
  addrinfo* first = nullptr;
  if (getaddrinfo(endpoint.host.c_str(), port.c_str(), &hints, &first) != 0) return {};
  std::vector<SocketAddress> found;
  for (const addrinfo* each = first; each != nullptr; each = each->ai_next) {
    SocketAddress address;
    std::memcpy(&address.storage, each->ai_addr, each->ai_addrlen);
    address.length = each->ai_addrlen;
    found.push_back(address);
  }
  freeaddrinfo(first);
  return found;
}

}  // namespace

Endpoint SocketAddress::endpoint() const {
  char text[INET6_ADDRSTRLEN] = "";
  if (family() == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&storage);
    inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
    return {text, ntohs(v4->sin_port)};
  }
  if (family() == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&storage);
    inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
    return {text, ntohs(v6->sin6_port)};
  }
  return {};
}

std::optional<SocketAddress> parse_numeric(const Endpoint& endpoint) {
  const Endpoint wanted{endpoint.host.empty() ? "0.0.0.0" : endpoint.host, endpoint.port};
  const std::vector<SocketAddress> found = look_up(wanted, AI_NUMERICHOST);
  if (found.empty()) return std::nullopt;
  return found.front();
}

std::vector<SocketAddress> resolve_blocking(const Endpoint& endpoint) {
  return look_up(endpoint, 0);
}

NetError to_net_error(int error_number) {
  switch (error_number) {
    case EAGAIN: return NetError::would_block;
    case ECONNREFUSED: return NetError::refused;
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE: return NetError::reset;
    case ETIMEDOUT: return NetError::timed_out;
    case EHOSTUNREACH:
    case EHOSTDOWN:
    case ENETUNREACH:
    case ENETDOWN: return NetError::unreachable;
    case EADDRINUSE: return NetError::address_in_use;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM: return NetError::too_many_open;
    default: return NetError::other;
  }
}

}  // namespace weir
