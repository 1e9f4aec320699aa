// The names of a log's files, as Kafka writes them.
//
//   name = 20digit kind          ; 00000000000000000042.log
//   kind = ".log"                ; a segment: batches back to back, the first at or behind offset 42
//        | ".index"              ; sparse offset index of that segment (segment_index.h)
//        | ".timeindex"          ; sparse time index of that segment
//        | ".snapshot"           ; what is known of producers at offset 42 (producer_snapshot.h)
//
// What carries another ending after that (.recovering, .tmp, .deleted, .cleaned) is left over from a
// step that did not end, and recovery removes it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/types/ids.h"

namespace weir {

enum class LogFileKind : uint8_t { segment, offset_index, time_index, snapshot };

std::string log_file_name(Offset at, LogFileKind kind);

struct LogFileName {
  Offset at;
  LogFileKind kind;
};
// Nothing for a name that is none of a log's.
std::optional<LogFileName> parse_log_file_name(std::string_view name);
// Whether recovery may remove it.
bool is_left_over(std::string_view name);

}  // namespace weir
