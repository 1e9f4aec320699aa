// Every key with its value in effect, for `weir-broker --print-config`.
#pragma once

#include <string>

#include "broker/config.h"

namespace weir {

// A server.properties that parse_config reads back as the same configuration. Above each key stand
// what it is and its default; a key without a value is a comment.
std::string print_properties(const BrokerConfig& config);

// [{"name", "value", "default", "isDefault", "type", "update", "documentation"}, ...]; a value that
// is not set is null.
std::string print_json(const BrokerConfig& config);

}  // namespace weir
