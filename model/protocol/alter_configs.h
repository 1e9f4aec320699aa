// AlterConfigs (key 33, versions 0-2): replaces all settings of topics or brokers.
//
// What the request does not name goes back to its default: that is why IncrementalAlterConfigs came
// (KIP-339). A null value does so too. Versions: 2 flexible.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/protocol/api_info.h"
#include "model/types/config_resource.h"
#include "model/protocol/fields.h"
#include "model/types/error_code.h"

namespace weir {

struct AlterConfigsRequest {
  static constexpr ApiKey kKey = ApiKey::alter_configs;

  struct Config {
    std::string name;
    std::optional<std::string> value;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("name", m.name);
      v.field("value", m.value);
    }
  };
  struct Resource {
    ConfigResourceType resource_type = ConfigResourceType::unknown;
    std::string resource_name;
    std::vector<Config> configs;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("resource_type", m.resource_type);
      v.field("resource_name", m.resource_name);
      v.field("configs", m.configs);
    }
  };

  std::vector<Resource> resources;
  bool validate_only = false;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("resources", m.resources);
    v.field("validate_only", m.validate_only);
  }
};

struct AlterConfigsResponse {
  static constexpr ApiKey kKey = ApiKey::alter_configs;

  struct Result {
    ErrorCode error = ErrorCode::none;
    std::optional<std::string> error_message;
    ConfigResourceType resource_type = ConfigResourceType::unknown;
    std::string resource_name;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("error", m.error);
      v.field("error_message", m.error_message);
      v.field("resource_type", m.resource_type);
      v.field("resource_name", m.resource_name);
    }
  };

  int32_t throttle_time_ms = 0;
  std::vector<Result> results;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("throttle_time_ms", m.throttle_time_ms);
    v.field("results", m.results);
  }
};

}  // namespace weir
