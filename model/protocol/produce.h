// Produce (key 0, versions 0-11): appends record batches to partitions.
//
// `acks` is 0 (send no response at all), 1 (the leader's log has it) or -1 (every in-sync replica
// has it). `records` is one batch of format v2 from version 3 on; below it may be an old message set.
// It borrows from the request frame when decoded, and from its owner when encoded.
// In the response base_offset is -1 on an error, and log_append_time_ms is -1 unless the topic
// stamps its records. Versions: 3 transactional id, 5 log start offset, 8 errors by record
// (KIP-467), 9 flexible, 10 new leader (KIP-951).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/protocol/api_info.h"
#include "model/protocol/fields.h"
#include "model/protocol/node_endpoint.h"
#include "model/types/error_code.h"
#include "model/types/ids.h"
#include "sim/base/time.h"

namespace weir {

struct ProduceRequest {
  static constexpr ApiKey kKey = ApiKey::produce;

  struct Partition {
    PartitionIndex index;
    std::optional<ConstBytes> records;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("index", m.index);
      v.field("records", m.records);
    }
  };
  struct Topic {
    std::string name;
    std::vector<Partition> partitions;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("name", m.name);
      v.field("partitions", m.partitions);
    }
  };

  std::optional<std::string> transactional_id;
  int16_t acks = 0;
  int32_t timeout_ms = 0;
  std::vector<Topic> topics;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("transactional_id", m.transactional_id, since(3));
    v.field("acks", m.acks);
    v.field("timeout_ms", m.timeout_ms);
    v.field("topics", m.topics);
  }
};

struct ProduceResponse {
  static constexpr ApiKey kKey = ApiKey::produce;

  struct RecordError {
    int32_t batch_index = 0;
    std::optional<std::string> message;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("batch_index", m.batch_index);
      v.field("message", m.message);
    }
  };
  struct Partition {
    PartitionIndex index;
    ErrorCode error = ErrorCode::none;
    Offset base_offset;
    WallTime log_append_time_ms{-1};
    Offset log_start_offset = kNoOffset;
    std::vector<RecordError> record_errors;
    std::optional<std::string> error_message;
    LeaderIdAndEpoch current_leader;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("index", m.index);
      v.field("error", m.error);
      v.field("base_offset", m.base_offset);
      v.field("log_append_time_ms", m.log_append_time_ms, since(2));
      v.field("log_start_offset", m.log_start_offset, since(5));
      v.field("record_errors", m.record_errors, since(8));
      v.field("error_message", m.error_message, since(8));
      v.tagged(0, "current_leader", m.current_leader, since(10));
    }
  };
  struct Topic {
    std::string name;
    std::vector<Partition> partitions;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("name", m.name);
      v.field("partitions", m.partitions);
    }
  };

  std::vector<Topic> topics;
  int32_t throttle_time_ms = 0;
  std::vector<NodeEndpoint> node_endpoints;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("topics", m.topics);
    v.field("throttle_time_ms", m.throttle_time_ms, since(1));
    v.tagged(0, "node_endpoints", m.node_endpoints, since(10));
  }
};

}  // namespace weir
