// Kafka's checkpoint files: small texts that are replaced as a whole.
//
//   file = "0" LF count LF count*( field *( SP field ) LF )
//
// The offset checkpoints in the root of log.dirs (recovery-point-offset-checkpoint,
// log-start-offset-checkpoint) have the fields topic, partition, offset.
#pragma once

#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/types/ids.h"

namespace weir {

using CheckpointLine = std::vector<std::string_view>;

// The lines of a file whose lines have `fields` fields each; nothing when it is not one. The views
// borrow from `file`.
std::optional<std::vector<CheckpointLine>> parse_checkpoint(std::string_view file, size_t fields);
std::string format_checkpoint(const std::vector<std::string>& lines);

// A whole number that fills the field; nothing otherwise.
template <class T>
std::optional<T> parse_number(std::string_view field) {
  T value{};
  const char* const end = field.data() + field.size();
  const auto parsed = std::from_chars(field.data(), end, value);
  if (parsed.ec != std::errc{} || parsed.ptr != end || field.empty()) return std::nullopt;
  return value;
}

using OffsetCheckpoint = std::map<TopicPartition, Offset>;
std::optional<OffsetCheckpoint> decode_offset_checkpoint(std::string_view file);
std::string encode_offset_checkpoint(const OffsetCheckpoint& offsets);

}  // namespace weir
