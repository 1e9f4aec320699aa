// meta.properties: which broker of which cluster a directory belongs to.
//
//   version=0   broker.id, and cluster.id since 0.10.1      ; with ZooKeeper, and what Weir writes
//   version=1   node.id, cluster.id, directory.id           ; KRaft; also written by a migration
//
// The file is a server.properties in form (broker/config/settings.h). What it says is kept: a broker
// takes the cluster's id over, and refuses a directory that is another broker's, for that one's
// records would be served under the wrong id.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/types/ids.h"
#include "sim/base/result.h"

namespace weir {

struct MetaProperties {
  std::optional<BrokerId> broker_id;  // none: written before the broker knew it
  std::optional<std::string> cluster_id;
};

// The error says what is wrong, and is for the operator.
Result<MetaProperties, std::string> parse_meta_properties(std::string_view text);
std::string format_meta_properties(BrokerId broker_id, std::string_view cluster_id);

}  // namespace weir
