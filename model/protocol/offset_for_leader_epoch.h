// OffsetForLeaderEpoch (key 23, versions 0-4): where the records of a leader epoch end (KIP-101).
//
// The answer is the greatest epoch in the log that is not above the asked one, and the offset after
// its last record; kNoLeaderEpoch and kNoOffset when the log knows no such epoch. A follower or a
// consumer finds with it the place from which on its copy differs. Versions: 1 the epoch in the
// answer, 2 the asker's current epoch (KIP-320), 3 the replica's id, 4 flexible.
#pragma once

#include <string>
#include <vector>

#include "model/protocol/api_info.h"
#include "model/protocol/fields.h"
#include "model/types/error_code.h"
#include "model/types/ids.h"

namespace weir {

namespace offset_for_leader_epoch {
// Who asks: a follower its broker id, a consumer -1, and this when the version cannot say.
inline constexpr BrokerId kDebuggingConsumer{-2};
}  // namespace offset_for_leader_epoch

struct OffsetForLeaderEpochRequest {
  static constexpr ApiKey kKey = ApiKey::offset_for_leader_epoch;

  struct Partition {
    PartitionIndex index;
    LeaderEpoch current_leader_epoch = kNoLeaderEpoch;
    LeaderEpoch leader_epoch;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("index", m.index);
      v.field("current_leader_epoch", m.current_leader_epoch, since(2));
      v.field("leader_epoch", m.leader_epoch);
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

  BrokerId replica_id = offset_for_leader_epoch::kDebuggingConsumer;
  std::vector<Topic> topics;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("replica_id", m.replica_id, since(3));
    v.field("topics", m.topics);
  }
};

struct OffsetForLeaderEpochResponse {
  static constexpr ApiKey kKey = ApiKey::offset_for_leader_epoch;

  struct Partition {
    ErrorCode error = ErrorCode::none;
    PartitionIndex index;
    LeaderEpoch leader_epoch = kNoLeaderEpoch;
    Offset end_offset = kNoOffset;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("error", m.error);
      v.field("index", m.index);
      v.field("leader_epoch", m.leader_epoch, since(1));
      v.field("end_offset", m.end_offset);
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
