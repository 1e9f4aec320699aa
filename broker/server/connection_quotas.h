// ConnectionQuotas: how many connections are open, altogether, of one address and through one
// listener, and how many may be.
//
// The limits are asked at each attempt, for they may be changed while the broker runs
// (max.connections, max.connections.per.ip and its overrides). Overrides name addresses as a
// connection's peer shows them: Weir does not resolve names here.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "broker/config.h"
#include "sim/base/check.h"

namespace weir {

class ConnectionQuotas {
 public:
  // `listener` is its place in BrokerConfig::listeners.
  // The key of the limit that is reached; empty: the connection counts from now on.
  std::string_view try_open(const std::string& host, uint32_t listener,
                            const BrokerConfig& config) {
    Counts& counts = by_listener_[listener];
    if (open_ >= config.max_connections) return refuse(counts, "max.connections");
    const auto own = config.max_connections_per_ip_overrides.find(host);
    const uint32_t most = own == config.max_connections_per_ip_overrides.end()
                              ? config.max_connections_per_ip
                              : own->second;
    const auto at = by_host_.find(host);
    if ((at == by_host_.end() ? 0 : at->second) >= most) {
      return refuse(counts, "max.connections.per.ip");
    }
    ++open_;
    ++counts.open;
    ++by_host_[host];
    return {};
  }
  void closed(const std::string& host, uint32_t listener) {
    const auto at = by_host_.find(host);
    Counts& counts = by_listener_[listener];
    CHECK(at != by_host_.end() && open_ > 0 && counts.open > 0);
    if (--at->second == 0) by_host_.erase(at);
    --open_;
    --counts.open;
  }
  [[nodiscard]] uint32_t open_count(uint32_t listener) const { return counts_of(listener).open; }
  [[nodiscard]] uint64_t refused_count(uint32_t listener) const {
    return counts_of(listener).refused;
  }

 private:
  struct Counts {
    uint32_t open = 0;
    uint64_t refused = 0;
  };
  [[nodiscard]] Counts counts_of(uint32_t listener) const {
    const auto at = by_listener_.find(listener);
    return at == by_listener_.end() ? Counts{} : at->second;
  }
  static std::string_view refuse(Counts& counts, std::string_view key) {
    ++counts.refused;
    return key;
  }
  uint32_t open_ = 0;
  std::map<std::string, uint32_t> by_host_;
  std::map<uint32_t, Counts> by_listener_;
};

}  // namespace weir
