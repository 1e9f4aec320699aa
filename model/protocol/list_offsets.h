// ListOffsets (key 2, versions 0-9): which offset belongs to a time, or to an end of the log.
//
// The asked `timestamp_ms` is a wall time in milliseconds or one of the specials below. The answer
// is the first record at or after that time; timestamp and offset are -1 when there is none.
// Version 0 has a list of at most `max_num_offsets` offsets in its answer, the latest first, and no
// timestamp.
// Versions: 2 isolation level, 4 leader epochs (KIP-320), 6 flexible, 7 kMaxTimestamp (KIP-734),
// 8 kEarliestLocal (KIP-405), 9 kLatestTiered (KIP-1005).
#pragma once

#include <string>
#include <vector>

#include "model/protocol/api_info.h"
#include "model/protocol/fields.h"
#include "model/types/error_code.h"
#include "model/types/ids.h"
#include "sim/base/time.h"

namespace weir {

namespace list_offsets {
inline constexpr WallTime kLatest{-1};         // the high watermark (or last stable offset)
inline constexpr WallTime kEarliest{-2};       // the log's start
inline constexpr WallTime kMaxTimestamp{-3};   // the record with the greatest timestamp
inline constexpr WallTime kEarliestLocal{-4};  // the start of what is not tiered away
inline constexpr WallTime kLatestTiered{-5};   // the end of what is tiered away
}  // namespace list_offsets

struct ListOffsetsRequest {
  static constexpr ApiKey kKey = ApiKey::list_offsets;

  struct Partition {
    PartitionIndex index;
    LeaderEpoch current_leader_epoch = kNoLeaderEpoch;
    WallTime timestamp_ms;
    int32_t max_num_offsets = 1;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("index", m.index);
      v.field("current_leader_epoch", m.current_leader_epoch, since(4));
      v.field("timestamp_ms", m.timestamp_ms);
      v.field("max_num_offsets", m.max_num_offsets, until(0));
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

  BrokerId replica_id = kNoBroker;
  int8_t isolation_level = 0;
  std::vector<Topic> topics;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("replica_id", m.replica_id);
    v.field("isolation_level", m.isolation_level, since(2));
    v.field("topics", m.topics);
  }
};

struct ListOffsetsResponse {
  static constexpr ApiKey kKey = ApiKey::list_offsets;

  struct Partition {
    PartitionIndex index;
    ErrorCode error = ErrorCode::none;
    std::vector<Offset> old_style_offsets;
    WallTime timestamp_ms{-1};
    Offset offset = kNoOffset;
    LeaderEpoch leader_epoch = kNoLeaderEpoch;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("index", m.index);
      v.field("error", m.error);
      v.field("old_style_offsets", m.old_style_offsets, until(0));
      v.field("timestamp_ms", m.timestamp_ms, since(1));
      v.field("offset", m.offset, since(1));
      v.field("leader_epoch", m.leader_epoch, since(4));
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
    v.field("throttle_time_ms", m.throttle_time_ms, since(2));
    v.field("topics", m.topics);
  }
};

}  // namespace weir
