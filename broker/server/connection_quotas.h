// ConnectionQuotas: how many connections are open, altogether and of one address, and how many may be.
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
  // The key of the limit that is reached; empty: the connection counts from now on.
  std::string_view try_open(const std::string& host, const BrokerConfig& config) {
    if (open_ >= config.max_connections) return refuse("max.connections");
    const auto own = config.max_connections_per_ip_overrides.find(host);
    const uint32_t most = own == config.max_connections_per_ip_overrides.end()
                              ? config.max_connections_per_ip
                              : own->second;
    const auto at = by_host_.find(host);
    if ((at == by_host_.end() ? 0 : at->second) >= most) return refuse("max.connections.per.ip");
    ++open_;
    ++by_host_[host];
    return {};
  }
  void closed(const std::string& host) {
    const auto at = by_host_.find(host);
    CHECK(at != by_host_.end() && open_ > 0);
    if (--at->second == 0) by_host_.erase(at);
    --open_;
  }
  [[nodiscard]] uint32_t open_count() const { return open_; }
  [[nodiscard]] uint64_t refused_count() const { return refused_; }

 private:
  std::string_view refuse(std::string_view key) {
    ++refused_;
    return key;
  }
  uint32_t open_ = 0;
  uint64_t refused_ = 0;
  std::map<std::string, uint32_t> by_host_;
};

}  // namespace weir
