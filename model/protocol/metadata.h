// Metadata (key 3, versions 0-12): the brokers, and the leaders of topics.
//
// The request's `topics` is null for all topics and empty for none; version 0 knows no null, and
// there an empty list means all (a decoded v0 request keeps the empty list: ask wants_all_topics).
// A topic may be asked for by id from version 10 on, with a null name. controller_id must be one of
// the listed brokers, or kafkajs gives up. Versions: 4 auto creation, 5 offline replicas, 7 leader
// epoch, 8 authorised operations, 9 flexible, 10 topic ids (KIP-516), 12 null names.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "model/protocol/api_info.h"
#include "model/protocol/fields.h"
#include "model/types/error_code.h"
#include "model/types/ids.h"
#include "model/types/uuid.h"

namespace weir {

// "Not asked for": what an authorised-operations field holds by default.
inline constexpr int32_t kNoAuthorizedOperations = std::numeric_limits<int32_t>::min();

struct MetadataRequest {
  static constexpr ApiKey kKey = ApiKey::metadata;

  struct Topic {
    Uuid topic_id;
    std::optional<std::string> name;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("topic_id", m.topic_id, since(10));
      v.field("name", m.name, nullable_since(10));
    }
  };

  std::optional<std::vector<Topic>> topics;
  bool allow_auto_topic_creation = true;
  bool include_cluster_authorized_operations = false;
  bool include_topic_authorized_operations = false;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("topics", m.topics, nullable_since(1));
    v.field("allow_auto_topic_creation", m.allow_auto_topic_creation, since(4));
    v.field("include_cluster_authorized_operations", m.include_cluster_authorized_operations,
            between(8, 10));
    v.field("include_topic_authorized_operations", m.include_topic_authorized_operations,
            since(8));
  }
};

inline bool wants_all_topics(const MetadataRequest& request, int16_t version) {
  return !request.topics || (version == 0 && request.topics->empty());
}

struct MetadataResponse {
  static constexpr ApiKey kKey = ApiKey::metadata;

  struct Broker {
    BrokerId node_id;
    std::string host;
    int32_t port = 0;
    std::optional<std::string> rack;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("node_id", m.node_id);
      v.field("host", m.host);
      v.field("port", m.port);
      v.field("rack", m.rack, since(1));
    }
  };
  struct Partition {
    ErrorCode error = ErrorCode::none;
    PartitionIndex index;
    BrokerId leader_id;
    LeaderEpoch leader_epoch = kNoLeaderEpoch;
    std::vector<BrokerId> replicas;
    std::vector<BrokerId> in_sync_replicas;
    std::vector<BrokerId> offline_replicas;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("error", m.error);
      v.field("index", m.index);
      v.field("leader_id", m.leader_id);
      v.field("leader_epoch", m.leader_epoch, since(7));
      v.field("replicas", m.replicas);
      v.field("in_sync_replicas", m.in_sync_replicas);
      v.field("offline_replicas", m.offline_replicas, since(5));
    }
  };
  struct Topic {
    ErrorCode error = ErrorCode::none;
    std::optional<std::string> name;
    Uuid topic_id;
    bool is_internal = false;
    std::vector<Partition> partitions;
    int32_t authorized_operations = kNoAuthorizedOperations;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("error", m.error);
      v.field("name", m.name, nullable_since(12));
      v.field("topic_id", m.topic_id, since(10));
      v.field("is_internal", m.is_internal, since(1));
      v.field("partitions", m.partitions);
      v.field("authorized_operations", m.authorized_operations, since(8));
    }
  };

  int32_t throttle_time_ms = 0;
  std::vector<Broker> brokers;
  std::optional<std::string> cluster_id;
  BrokerId controller_id = kNoBroker;
  std::vector<Topic> topics;
  int32_t cluster_authorized_operations = kNoAuthorizedOperations;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("throttle_time_ms", m.throttle_time_ms, since(3));
    v.field("brokers", m.brokers);
    v.field("cluster_id", m.cluster_id, since(2));
    v.field("controller_id", m.controller_id, since(1));
    v.field("topics", m.topics);
    v.field("cluster_authorized_operations", m.cluster_authorized_operations, between(8, 10));
  }
};

}  // namespace weir
