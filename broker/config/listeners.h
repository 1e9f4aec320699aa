// Listeners: where a broker listens, and where it tells clients to go.
//
//   listeners                       NAME://host:port, ...     no host: every address
//   advertised.listeners            the same; a name that is missing here is advertised as it listens
//   listener.security.protocol.map  NAME:PROTOCOL, ...        PLAINTEXT is the one that is served
//
// A name has the letters A-Z, a-z, 0-9, "_", "-" and "."; an address of IPv6 stands in brackets.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "broker/config/settings.h"
#include "sim/env/network.h"

namespace weir {

struct ListenerConfig {
  std::string name;
  Endpoint at;
  friend bool operator==(const ListenerConfig&, const ListenerConfig&) = default;
};

// The error is a reason only: the caller knows the key.
Result<std::vector<ListenerConfig>, std::string> parse_listeners(std::string_view text);
std::string to_text(const std::vector<ListenerConfig>& listeners);

Result<std::map<std::string, std::string>, std::string> parse_protocol_map(std::string_view text);

// "host:port"
Result<Endpoint, std::string> parse_endpoint(std::string_view text);
std::string to_text(const Endpoint& endpoint);

// "0.0.0.0" or "::": one can listen there, but not be found.
bool is_every_address(const Endpoint& endpoint);

// Whether the three settings fit each other: each listener has a protocol that is served, each
// advertised name listens, no two listeners share a name or an address.
Result<Done, ConfigError> check_listeners(const std::vector<ListenerConfig>& listeners,
                                          const std::vector<ListenerConfig>& advertised,
                                          const std::map<std::string, std::string>& protocols);

}  // namespace weir
