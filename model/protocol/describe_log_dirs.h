// DescribeLogDirs (key 35, versions 0-4): which partitions lie in which directory, and their sizes.
//
// `topics` null asks for all. `offset_lag` is how far a replica is behind its high watermark.
// Versions: 2 flexible, 3 an error for the whole answer, 4 the file system's sizes (KIP-827), -1 when
// they are not known.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/protocol/api_info.h"
#include "model/protocol/fields.h"
#include "model/types/error_code.h"
#include "model/types/ids.h"

namespace weir {

struct DescribeLogDirsRequest {
  static constexpr ApiKey kKey = ApiKey::describe_log_dirs;

  struct Topic {
    std::string name;
    std::vector<PartitionIndex> partitions;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("name", m.name);
      v.field("partitions", m.partitions);
    }
  };

  std::optional<std::vector<Topic>> topics;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("topics", m.topics);
  }
};

struct DescribeLogDirsResponse {
  static constexpr ApiKey kKey = ApiKey::describe_log_dirs;

  struct Partition {
    PartitionIndex index;
    int64_t partition_size = 0;
    int64_t offset_lag = 0;
    bool is_future_key = false;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("index", m.index);
      v.field("partition_size", m.partition_size);
      v.field("offset_lag", m.offset_lag);
      v.field("is_future_key", m.is_future_key);
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
  struct Directory {
    ErrorCode error = ErrorCode::none;
    std::string log_dir;
    std::vector<Topic> topics;
    int64_t total_bytes = -1;
    int64_t usable_bytes = -1;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("error", m.error);
      v.field("log_dir", m.log_dir);
      v.field("topics", m.topics);
      v.field("total_bytes", m.total_bytes, since(4));
      v.field("usable_bytes", m.usable_bytes, since(4));
    }
  };

  int32_t throttle_time_ms = 0;
  ErrorCode error = ErrorCode::none;
  std::vector<Directory> directories;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("throttle_time_ms", m.throttle_time_ms);
    v.field("error", m.error, since(3));
    v.field("directories", m.directories);
  }
};

}  // namespace weir
