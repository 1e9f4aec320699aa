// DescribeProducers (key 61, version 0): the producers that partitions remember (KIP-664).
//
// The epoch travels as an int32 here. `current_txn_start_offset` is the first offset of the
// transaction that is open, kNoOffset without one. Flexible.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/protocol/api_info.h"
#include "model/protocol/fields.h"
#include "model/types/error_code.h"
#include "model/types/ids.h"
#include "sim/base/time.h"

namespace weir {

struct DescribeProducersRequest {
  static constexpr ApiKey kKey = ApiKey::describe_producers;

  struct Topic {
    std::string name;
    std::vector<PartitionIndex> partitions;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("name", m.name);
      v.field("partitions", m.partitions);
    }
  };

  std::vector<Topic> topics;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("topics", m.topics);
  }
};

struct DescribeProducersResponse {
  static constexpr ApiKey kKey = ApiKey::describe_producers;

  struct Producer {
    ProducerId producer_id;
    int32_t producer_epoch = 0;
    Sequence last_sequence = kNoSequence;
    WallTime last_timestamp_ms{-1};
    int32_t coordinator_epoch = 0;
    Offset current_txn_start_offset = kNoOffset;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("producer_id", m.producer_id);
      v.field("producer_epoch", m.producer_epoch);
      v.field("last_sequence", m.last_sequence);
      v.field("last_timestamp_ms", m.last_timestamp_ms);
      v.field("coordinator_epoch", m.coordinator_epoch);
      v.field("current_txn_start_offset", m.current_txn_start_offset);
    }
  };
  struct Partition {
    PartitionIndex index;
    ErrorCode error = ErrorCode::none;
    std::optional<std::string> error_message;
    std::vector<Producer> active_producers;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("index", m.index);
      v.field("error", m.error);
      v.field("error_message", m.error_message);
      v.field("active_producers", m.active_producers);
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

  int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("throttle_time_ms", m.throttle_time_ms);
    v.field("topics", m.topics);
  }
};

}  // namespace weir
