// CreatePartitions (key 37, versions 0-3): gives topics more partitions (KIP-195).
//
// `count` is the number that the topic shall have in all, not how many come on top; it can only
// grow. `assignments` name the brokers of each new partition; null lets the broker choose.
// Versions: 2 flexible, 3 may answer THROTTLING_QUOTA_EXCEEDED.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/protocol/api_info.h"
#include "model/protocol/fields.h"
#include "model/types/error_code.h"
#include "model/types/ids.h"

namespace weir {

struct CreatePartitionsRequest {
  static constexpr ApiKey kKey = ApiKey::create_partitions;

  struct Assignment {
    std::vector<BrokerId> broker_ids;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("broker_ids", m.broker_ids);
    }
  };
  struct Topic {
    std::string name;
    int32_t count = 0;
    std::optional<std::vector<Assignment>> assignments;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("name", m.name);
      v.field("count", m.count);
      v.field("assignments", m.assignments);
    }
  };

  std::vector<Topic> topics;
  int32_t timeout_ms = 60000;
  bool validate_only = false;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("topics", m.topics);
    v.field("timeout_ms", m.timeout_ms);
    v.field("validate_only", m.validate_only);
  }
};

struct CreatePartitionsResponse {
  static constexpr ApiKey kKey = ApiKey::create_partitions;

  struct Topic {
    std::string name;
    ErrorCode error = ErrorCode::none;
    std::optional<std::string> error_message;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("name", m.name);
      v.field("error", m.error);
      v.field("error_message", m.error_message);
    }
  };

  int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("throttle_time_ms", m.throttle_time_ms);
    v.field("topics", m.topics);
  }
};

}  // namespace weir
