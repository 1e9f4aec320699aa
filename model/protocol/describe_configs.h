// DescribeConfigs (key 32, versions 0-4): what topics and brokers are set to, and where from.
//
// `configuration_keys` null asks for all keys of the resource. In the answer `source` is the place
// that the value comes from, and `synonyms` all places that have one, the one in effect first
// (KIP-226). `value` is null when there is none or when it is sensitive. `is_default` is all that
// version 0 knows of sources. Versions: 1 sources and synonyms, 3 types and documentation
// (KIP-569), 4 flexible.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/protocol/api_info.h"
#include "model/types/config_resource.h"
#include "model/protocol/fields.h"
#include "model/types/error_code.h"

namespace weir {

struct DescribeConfigsRequest {
  static constexpr ApiKey kKey = ApiKey::describe_configs;

  struct Resource {
    ConfigResourceType resource_type = ConfigResourceType::unknown;
    std::string resource_name;
    std::optional<std::vector<std::string>> configuration_keys;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("resource_type", m.resource_type);
      v.field("resource_name", m.resource_name);
      v.field("configuration_keys", m.configuration_keys);
    }
  };

  std::vector<Resource> resources;
  bool include_synonyms = false;
  bool include_documentation = false;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("resources", m.resources);
    v.field("include_synonyms", m.include_synonyms, since(1));
    v.field("include_documentation", m.include_documentation, since(3));
  }
};

struct DescribeConfigsResponse {
  static constexpr ApiKey kKey = ApiKey::describe_configs;

  struct Synonym {
    std::string name;
    std::optional<std::string> value;
    ConfigSource source = ConfigSource::unset;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("name", m.name);
      v.field("value", m.value);
      v.field("source", m.source);
    }
  };
  struct Config {
    std::string name;
    std::optional<std::string> value;
    bool read_only = false;
    bool is_default = false;
    ConfigSource source = ConfigSource::unset;
    bool is_sensitive = false;
    std::vector<Synonym> synonyms;
    ConfigType type = ConfigType::unknown;
    std::optional<std::string> documentation;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("name", m.name);
      v.field("value", m.value);
      v.field("read_only", m.read_only);
      v.field("is_default", m.is_default, until(0));
      v.field("source", m.source, since(1));
      v.field("is_sensitive", m.is_sensitive);
      v.field("synonyms", m.synonyms, since(1));
      v.field("type", m.type, since(3));
      v.field("documentation", m.documentation, since(3));
    }
  };
  struct Result {
    ErrorCode error = ErrorCode::none;
    std::optional<std::string> error_message;
    ConfigResourceType resource_type = ConfigResourceType::unknown;
    std::string resource_name;
    std::vector<Config> configs;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("error", m.error);
      v.field("error_message", m.error_message);
      v.field("resource_type", m.resource_type);
      v.field("resource_name", m.resource_name);
      v.field("configs", m.configs);
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
