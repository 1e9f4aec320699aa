// DeleteTopics (key 20, versions 0-6): takes topics away, by name or by id.
//
// Up to version 5 the request lists `topic_names`; from version 6 on `topics`, each by name or, with
// a null name, by id (KIP-516): only the one that the version carries is used. An answer to an id
// that no topic has comes back with a null name. Versions: 4 flexible, 5 error messages.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/protocol/api_info.h"
#include "model/protocol/fields.h"
#include "model/types/error_code.h"
#include "model/types/uuid.h"

namespace weir {

struct DeleteTopicsRequest {
  static constexpr ApiKey kKey = ApiKey::delete_topics;

  struct Topic {
    std::optional<std::string> name;
    Uuid topic_id;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("name", m.name);
      v.field("topic_id", m.topic_id);
    }
  };

  std::vector<Topic> topics;
  std::vector<std::string> topic_names;
  int32_t timeout_ms = 60000;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("topics", m.topics, since(6));
    v.field("topic_names", m.topic_names, until(5));
    v.field("timeout_ms", m.timeout_ms);
  }
};

struct DeleteTopicsResponse {
  static constexpr ApiKey kKey = ApiKey::delete_topics;

  struct Topic {
    std::optional<std::string> name;
    Uuid topic_id;
    ErrorCode error = ErrorCode::none;
    std::optional<std::string> error_message;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("name", m.name, nullable_since(6));
      v.field("topic_id", m.topic_id, since(6));
      v.field("error", m.error);
      v.field("error_message", m.error_message, since(5));
    }
  };

  int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("throttle_time_ms", m.throttle_time_ms, since(1));
    v.field("topics", m.topics);
  }
};

}  // namespace weir
