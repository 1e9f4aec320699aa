// Changes of a topic's or a broker's settings, as IncrementalAlterConfigs asks for them: all of
// them or none.
//
//   set        the value
//   remove     back to the default
//   append     to a list: after what is in effect, without what it has already
//   subtract   from a list
//
// A value that is kept has at most kMaxKeptValueBytes, so that the files of settings stay small.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/config/config_key.h"
#include "model/types/error_code.h"

namespace weir {

inline constexpr size_t kMaxKeptValueBytes = 4096;

struct ConfigEdit {
  std::string name;
  AlterConfigOp operation = AlterConfigOp::set;
  std::optional<std::string> value;
};

struct ConfigRefusal {
  ErrorCode error = ErrorCode::invalid_config;
  std::string message;
};

// The topic's own settings after the edits; checked against `broker`, whose keys are the defaults.
Result<Settings, ConfigRefusal> edit_topic_settings(const BrokerConfig& broker,
                                                    const Settings& current,
                                                    const std::vector<ConfigEdit>& edits);

// The same for what is set while the broker runs: for one broker, or as the default of all.
// `in_effect` is the broker's configuration now.
enum class BrokerScope : uint8_t { one_broker, all_brokers };
Result<Settings, ConfigRefusal> edit_broker_settings(const BrokerConfig& in_effect,
                                                     BrokerScope scope, const Settings& current,
                                                     const std::vector<ConfigEdit>& edits);

}  // namespace weir
