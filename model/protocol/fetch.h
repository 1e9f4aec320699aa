// Fetch (key 1, versions 0-17): reads record batches, for consumers and for followers.
//
// A topic goes by name up to version 12 and by id from 13 on (KIP-516). The replica id moved into
// the tagged replica_state in 15 (KIP-903): ask replica_of(request). Versions: below 2 message sets of
// magic 0, below 4 of magic 1, 3 max_bytes (KIP-74), 4 batches and transactions, 5 log start offset,
// 7 sessions (KIP-227; session 0 with epoch -1 is a fetch without one), 9 leader epoch (KIP-320),
// 11 rack (KIP-392), 12 flexible and divergence (KIP-595), 16 node endpoints (KIP-951).
//
// The response's `records` are owned bytes, of which a client decodes a copy; a broker mostly leaves a gap
// and sends it from the log's file. They are written as an empty byte string, never as null, which librdkafka refuses.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/protocol/api_info.h"
#include "model/protocol/fields.h"
#include "model/protocol/node_endpoint.h"
#include "model/types/error_code.h"
#include "model/types/ids.h"
#include "model/types/uuid.h"

namespace weir {

struct FetchRequest {
  static constexpr ApiKey kKey = ApiKey::fetch;

  struct ReplicaState {
    BrokerId replica_id = kNoBroker;
    int64_t replica_epoch = -1;

    friend bool operator==(const ReplicaState&, const ReplicaState&) = default;
    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("replica_id", m.replica_id);
      v.field("replica_epoch", m.replica_epoch);
    }
  };
  struct Partition {
    PartitionIndex index;
    LeaderEpoch current_leader_epoch = kNoLeaderEpoch;
    Offset fetch_offset;
    LeaderEpoch last_fetched_epoch = kNoLeaderEpoch;
    Offset log_start_offset = kNoOffset;
    int32_t partition_max_bytes = 0;
    Uuid replica_directory_id;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("index", m.index);
      v.field("current_leader_epoch", m.current_leader_epoch, since(9));
      v.field("fetch_offset", m.fetch_offset);
      v.field("last_fetched_epoch", m.last_fetched_epoch, since(12));
      v.field("log_start_offset", m.log_start_offset, since(5));
      v.field("partition_max_bytes", m.partition_max_bytes);
      v.tagged(0, "replica_directory_id", m.replica_directory_id, since(17));
    }
  };
  struct Topic {
    std::string name;
    Uuid topic_id;
    std::vector<Partition> partitions;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("name", m.name, until(12));
      v.field("topic_id", m.topic_id, since(13));
      v.field("partitions", m.partitions);
    }
  };
  struct ForgottenTopic {
    std::string name;
    Uuid topic_id;
    std::vector<PartitionIndex> partitions;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("name", m.name, until(12));
      v.field("topic_id", m.topic_id, since(13));
      v.field("partitions", m.partitions);
    }
  };

  std::optional<std::string> cluster_id;
  BrokerId replica_id = kNoBroker;
  ReplicaState replica_state;
  int32_t max_wait_ms = 0;
  int32_t min_bytes = 0;
  int32_t max_bytes = 0x7fffffff;
  int8_t isolation_level = 0;
  int32_t session_id = 0;
  int32_t session_epoch = -1;
  std::vector<Topic> topics;
  std::vector<ForgottenTopic> forgotten_topics;
  std::string rack_id;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("replica_id", m.replica_id, until(14));
    v.field("max_wait_ms", m.max_wait_ms);
    v.field("min_bytes", m.min_bytes);
    v.field("max_bytes", m.max_bytes, since(3));
    v.field("isolation_level", m.isolation_level, since(4));
    v.field("session_id", m.session_id, since(7));
    v.field("session_epoch", m.session_epoch, since(7));
    v.field("topics", m.topics);
    v.field("forgotten_topics", m.forgotten_topics, since(7));
    v.field("rack_id", m.rack_id, since(11));
    v.tagged(0, "cluster_id", m.cluster_id, since(12));
    v.tagged(1, "replica_state", m.replica_state, since(15));
  }
};

// The broker that asks, in whichever field its version carries that; -1 is a consumer.
inline BrokerId replica_of(const FetchRequest& request) {
  return request.replica_state.replica_id != kNoBroker ? request.replica_state.replica_id
                                                       : request.replica_id;
}

struct FetchResponse {
  static constexpr ApiKey kKey = ApiKey::fetch;

  struct EpochEndOffset {
    LeaderEpoch epoch = kNoLeaderEpoch;
    Offset end_offset = kNoOffset;

    friend bool operator==(const EpochEndOffset&, const EpochEndOffset&) = default;
    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("epoch", m.epoch);
      v.field("end_offset", m.end_offset);
    }
  };
  struct SnapshotId {
    Offset end_offset = kNoOffset;
    LeaderEpoch epoch = kNoLeaderEpoch;

    friend bool operator==(const SnapshotId&, const SnapshotId&) = default;
    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("end_offset", m.end_offset);
      v.field("epoch", m.epoch);
    }
  };
  struct AbortedTransaction {
    ProducerId producer_id;
    Offset first_offset;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("producer_id", m.producer_id);
      v.field("first_offset", m.first_offset);
    }
  };
  struct Partition {
    PartitionIndex index;
    ErrorCode error = ErrorCode::none;
    Offset high_watermark;
    Offset last_stable_offset = kNoOffset;
    Offset log_start_offset = kNoOffset;
    EpochEndOffset diverging_epoch;
    LeaderIdAndEpoch current_leader;
    SnapshotId snapshot_id;
    std::optional<std::vector<AbortedTransaction>> aborted_transactions;
    BrokerId preferred_read_replica = kNoBroker;
    Buffer records;
    uint64_t records_gap_bytes =
        0;  // of records that the broker sends from the file, behind `records`

    [[nodiscard]] bool has_records() const { return !records.empty() || records_gap_bytes > 0; }

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("index", m.index);
      v.field("error", m.error);
      v.field("high_watermark", m.high_watermark);
      v.field("last_stable_offset", m.last_stable_offset, since(4));
      v.field("log_start_offset", m.log_start_offset, since(5));
      v.field("aborted_transactions", m.aborted_transactions, since(4));
      v.field("preferred_read_replica", m.preferred_read_replica, since(11));
      v.field("records", m.records,
              all_versions().null_reads_empty().followed_by_gap(m.records_gap_bytes));
      v.tagged(0, "diverging_epoch", m.diverging_epoch, since(12));
      v.tagged(1, "current_leader", m.current_leader, since(12));
      v.tagged(2, "snapshot_id", m.snapshot_id, since(12));
    }
  };
  struct Topic {
    std::string name;
    Uuid topic_id;
    std::vector<Partition> partitions;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("name", m.name, until(12));
      v.field("topic_id", m.topic_id, since(13));
      v.field("partitions", m.partitions);
    }
  };

  int32_t throttle_time_ms = 0;
  ErrorCode error = ErrorCode::none;
  int32_t session_id = 0;
  std::vector<Topic> topics;
  std::vector<NodeEndpoint> node_endpoints;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("throttle_time_ms", m.throttle_time_ms, since(1));
    v.field("error", m.error, since(7));
    v.field("session_id", m.session_id, since(7));
    v.field("topics", m.topics);
    v.tagged(0, "node_endpoints", m.node_endpoints, since(16));
  }
};

}  // namespace weir
