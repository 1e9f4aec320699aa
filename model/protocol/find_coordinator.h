// FindCoordinator (key 10, versions 0-6): which broker looks after a group or a transactional id.
//
// One key up to version 3, a list of them from 4 on (KIP-699), in the request and in the answer:
// only the half of the struct that the version carries is used.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/protocol/api_info.h"
#include "model/protocol/fields.h"
#include "model/types/error_code.h"
#include "model/types/ids.h"

namespace weir {

enum class CoordinatorType : int8_t { group = 0, transaction = 1 };

struct FindCoordinatorRequest {
  static constexpr ApiKey kKey = ApiKey::find_coordinator;

  std::string key;
  CoordinatorType key_type = CoordinatorType::group;
  std::vector<std::string> coordinator_keys;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("key", m.key, until(3));
    v.field("key_type", m.key_type, since(1));
    v.field("coordinator_keys", m.coordinator_keys, since(4));
  }
};

struct FindCoordinatorResponse {
  static constexpr ApiKey kKey = ApiKey::find_coordinator;

  struct Coordinator {
    std::string key;
    BrokerId node_id;
    std::string host;
    int32_t port = 0;
    ErrorCode error = ErrorCode::none;
    std::optional<std::string> error_message;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("key", m.key);
      v.field("node_id", m.node_id);
      v.field("host", m.host);
      v.field("port", m.port);
      v.field("error", m.error);
      v.field("error_message", m.error_message);
    }
  };

  int32_t throttle_time_ms = 0;
  ErrorCode error = ErrorCode::none;
  std::optional<std::string> error_message;
  BrokerId node_id;
  std::string host;
  int32_t port = 0;
  std::vector<Coordinator> coordinators;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("throttle_time_ms", m.throttle_time_ms, since(1));
    v.field("error", m.error, until(3));
    v.field("error_message", m.error_message, between(1, 3));
    v.field("node_id", m.node_id, until(3));
    v.field("host", m.host, until(3));
    v.field("port", m.port, until(3));
    v.field("coordinators", m.coordinators, since(4));
  }
};

}  // namespace weir
