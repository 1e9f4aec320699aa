// Keys of Kafka's brokers for parts that this broker does not have: replication, groups,
// transactions, TLS, SASL, quotas, tiers, ZooKeeper and KRaft. They are known, so that a file made
// for Kafka works and a slip of the pen is told from them; their values are not looked at.
#pragma once

#include <span>
#include <string_view>

namespace weir {

std::span<const std::string_view> unused_keys();

}  // namespace weir
