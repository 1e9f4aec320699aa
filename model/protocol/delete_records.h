// DeleteRecords (key 21, versions 0-2): moves the start of partitions' logs forward (KIP-107).
//
// All records before `offset` go; kToHighWatermark stands for all that consumers can see. The answer
// tells where each log begins now, kNoOffset with an error. Versions: 2 flexible.
#pragma once

#include <string>
#include <vector>

#include "model/protocol/api_info.h"
#include "model/protocol/fields.h"
#include "model/types/error_code.h"
#include "model/types/ids.h"

namespace weir {

namespace delete_records {
inline constexpr Offset kToHighWatermark{-1};
}  // namespace delete_records

struct DeleteRecordsRequest {
  static constexpr ApiKey kKey = ApiKey::delete_records;

  struct Partition {
    PartitionIndex index;
    Offset offset;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("index", m.index);
      v.field("offset", m.offset);
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
  int32_t timeout_ms = 60000;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("topics", m.topics);
    v.field("timeout_ms", m.timeout_ms);
  }
};

struct DeleteRecordsResponse {
  static constexpr ApiKey kKey = ApiKey::delete_records;

  struct Partition {
    PartitionIndex index;
    Offset low_watermark = kNoOffset;
    ErrorCode error = ErrorCode::none;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("index", m.index);
      v.field("low_watermark", m.low_watermark);
      v.field("error", m.error);
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
