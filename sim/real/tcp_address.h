// Addresses and errors of the sockets API, translated to the vocabulary of sim/env/network.h.
#pragma once

#include <sys/socket.h>

#include <optional>
#include <string>
#include <vector>

#include "sim/env/network.h"

namespace weir {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = sizeof(sockaddr_storage);

  [[nodiscard]] int family() const { return storage.ss_family; }
  [[nodiscard]] const sockaddr* get() const {
    return reinterpret_cast<const sockaddr*>(&storage);
  }
  [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  // Numeric host and port.
  [[nodiscard]] Endpoint endpoint() const;
};

// IPv4 or IPv6 in numbers; nothing for a name. "" is every IPv4 address of this machine.
std::optional<SocketAddress> parse_numeric(const Endpoint& endpoint);
// Asks the machine's resolver, which may block for many seconds. In the resolver's order; empty
// when the name is not known.
std::vector<SocketAddress> resolve_blocking(const Endpoint& endpoint);

NetError to_net_error(int error_number);

}  // namespace weir
