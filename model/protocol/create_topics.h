// CreateTopics (key 19, versions 0-7): makes topics, or only checks whether it could.
//
// num_partitions and replication_factor are -1 when assignments are given, and from version 4 on
// also to ask for the broker's defaults (KIP-464). Versions: 1 validate only and error messages,
// 5 flexible, the created topic's shape in the answer (KIP-525), 7 topic id (KIP-516).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/protocol/api_info.h"
#include "model/types/config_resource.h"
#include "model/protocol/fields.h"
#include "model/types/error_code.h"
#include "model/types/ids.h"
#include "model/types/uuid.h"

namespace weir {

struct CreateTopicsRequest {
  static constexpr ApiKey kKey = ApiKey::create_topics;

  struct Assignment {
    PartitionIndex index;
    std::vector<BrokerId> broker_ids;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("index", m.index);
      v.field("broker_ids", m.broker_ids);
    }
  };
  struct Config {
    std::string name;
    std::optional<std::string> value;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("name", m.name);
      v.field("value", m.value);
    }
  };
  struct Topic {
    std::string name;
    int32_t num_partitions = 0;
    int16_t replication_factor = 0;
    std::vector<Assignment> assignments;
    std::vector<Config> configs;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("name", m.name);
      v.field("num_partitions", m.num_partitions);
      v.field("replication_factor", m.replication_factor);
      v.field("assignments", m.assignments);
      v.field("configs", m.configs);
    }
  };

  std::vector<Topic> topics;
  int32_t timeout_ms = 60000;
  bool validate_only = false;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("topics", m.topics);
    v.field("timeout_ms", m.timeout_ms);
    v.field("validate_only", m.validate_only, since(1));
  }
};

struct CreateTopicsResponse {
  static constexpr ApiKey kKey = ApiKey::create_topics;

  struct Config {
    std::string name;
    std::optional<std::string> value;
    bool read_only = false;
    ConfigSource config_source = ConfigSource::unset;
    bool is_sensitive = false;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("name", m.name);
      v.field("value", m.value);
      v.field("read_only", m.read_only);
      v.field("config_source", m.config_source);
      v.field("is_sensitive", m.is_sensitive);
    }
  };
  struct Topic {
    std::string name;
    Uuid topic_id;
    ErrorCode error = ErrorCode::none;
    std::optional<std::string> error_message;
    ErrorCode topic_config_error = ErrorCode::none;
    int32_t num_partitions = -1;
    int16_t replication_factor = -1;
    std::optional<std::vector<Config>> configs;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("name", m.name);
      v.field("topic_id", m.topic_id, since(7));
      v.field("error", m.error);
      v.field("error_message", m.error_message, since(1));
      v.field("num_partitions", m.num_partitions, since(5));
      v.field("replication_factor", m.replication_factor, since(5));
      v.field("configs", m.configs, since(5));
      v.tagged(0, "topic_config_error", m.topic_config_error, since(5));
    }
  };

  int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("throttle_time_ms", m.throttle_time_ms, since(2));
    v.field("topics", m.topics);
  }
};

}  // namespace weir
