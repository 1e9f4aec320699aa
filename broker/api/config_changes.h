// Changing settings while the broker runs: durable first, then known to every shard, then in effect
// in every log that they concern.
//
// The work is shard 0's, one change at a time. A change is wholly there after a crash or not at all.
#pragma once

#include <string>
#include <vector>

#include "broker/api/shard_context.h"
#include "broker/config/config_edit.h"

namespace weir {

// Made from the settings that are there when shard 0 comes to it.
enum class EditStart : uint8_t {
  current,  // IncrementalAlterConfigs: what is not named stays
  nothing,  // AlterConfigs: what is not named goes back to its default
};

struct ConfigChange {
  EditStart start = EditStart::current;
  std::vector<ConfigEdit> edits;
  bool validate_only = false;
};

// An error of none, or the refusal.
ConfigRefusal await_change_topic(ShardContext& shard, const std::string& topic,
                                 const ConfigChange& change);
ConfigRefusal await_change_broker(ShardContext& shard, BrokerScope scope,
                                  const ConfigChange& change);

// Puts what was changed into effect on every shard. Runs on shard 0. Settings that this version does
// not take any more are left out with an error line.
void await_publish_configs(ShardContext& shard0, const DynamicConfigs& dynamic);

// Puts what server.properties says now into effect on every shard, below what was changed. Runs on
// shard 0, under the lock of changes.
void await_publish_reloaded(ShardContext& shard0, const BrokerConfig& from_file);

// The settings for a topic's logs on this shard. What an earlier version took and this one does not
// is left out with an error line.
LogSettings log_settings_in_effect(const ShardContext& shard, const std::string& topic,
                                   const Settings& overrides);

}  // namespace weir
