// DescribeCluster (key 60, versions 0-1): the brokers of the cluster, without its topics (KIP-700).
//
// `endpoint_type` says whose addresses are meant: 1 the brokers', 2 the controllers' (version 1,
// KIP-919). Flexible from version 0 on.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/protocol/api_info.h"
#include "model/protocol/fields.h"
#include "model/protocol/metadata.h"
#include "model/types/error_code.h"
#include "model/types/ids.h"

namespace weir {

enum class EndpointType : int8_t { brokers = 1, controllers = 2 };

struct DescribeClusterRequest {
  static constexpr ApiKey kKey = ApiKey::describe_cluster;

  bool include_cluster_authorized_operations = false;
  EndpointType endpoint_type = EndpointType::brokers;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("include_cluster_authorized_operations", m.include_cluster_authorized_operations);
    v.field("endpoint_type", m.endpoint_type, since(1));
  }
};

struct DescribeClusterResponse {
  static constexpr ApiKey kKey = ApiKey::describe_cluster;

  struct Broker {
    BrokerId broker_id;
    std::string host;
    int32_t port = 0;
    std::optional<std::string> rack;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("broker_id", m.broker_id);
      v.field("host", m.host);
      v.field("port", m.port);
      v.field("rack", m.rack);
    }
  };

  int32_t throttle_time_ms = 0;
  ErrorCode error = ErrorCode::none;
  std::optional<std::string> error_message;
  EndpointType endpoint_type = EndpointType::brokers;
  std::string cluster_id;
  BrokerId controller_id = kNoBroker;
  std::vector<Broker> brokers;
  int32_t cluster_authorized_operations = kNoAuthorizedOperations;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("throttle_time_ms", m.throttle_time_ms);
    v.field("error", m.error);
    v.field("error_message", m.error_message);
    v.field("endpoint_type", m.endpoint_type, since(1));
    v.field("cluster_id", m.cluster_id);
    v.field("controller_id", m.controller_id);
    v.field("brokers", m.brokers);
    v.field("cluster_authorized_operations", m.cluster_authorized_operations);
  }
};

}  // namespace weir
