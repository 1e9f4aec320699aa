#include "broker/log/checkpoint_file.h"

#include <algorithm>

namespace weir {
namespace {

std::string_view take_until(std::string_view& text, char separator) {
  const size_t at = std::min(text.find(separator), text.size());
  const std::string_view word = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return word;
}

}  // namespace

std::optional<std::vector<CheckpointLine>> parse_checkpoint(std::string_view file, size_t fields) {
  if (take_until(file, '\n') != "0") return std::nullopt;
  const auto count = parse_number<uint32_t>(take_until(file, '\n'));
  if (!count) return std::nullopt;
  std::vector<CheckpointLine> lines;
  for (uint32_t i = 0; i < *count; ++i) {
    if (file.empty()) return std::nullopt;
    std::string_view rest = take_until(file, '\n');
    CheckpointLine& line = lines.emplace_back();
    while (!rest.empty()) line.push_back(take_until(rest, ' '));
    if (line.size() != fields) return std::nullopt;
  }
  return lines;
}

std::string format_checkpoint(const std::vector<std::string>& lines) {
  std::string file = "0\n" + std::to_string(lines.size()) + "\n";
  for (const std::string& line : lines) file += line + "\n";
  return file;
}

std::optional<OffsetCheckpoint> decode_offset_checkpoint(std::string_view file) {
  const auto lines = parse_checkpoint(file, 3);
  if (!lines) return std::nullopt;
  OffsetCheckpoint offsets;
  for (const CheckpointLine& line : *lines) {
    const auto partition = parse_number<int32_t>(line[1]);
    const auto offset = parse_number<int64_t>(line[2]);
    if (!partition || !offset || *partition < 0 || *offset < 0) return std::nullopt;
    offsets[{std::string(line[0]), PartitionIndex{*partition}}] = Offset{*offset};
  }
  return offsets;
}

std::string encode_offset_checkpoint(const OffsetCheckpoint& offsets) {
  std::vector<std::string> lines;
  for (const auto& [tp, offset] : offsets) {
    lines.push_back(tp.topic + " " + std::to_string(tp.partition.value()) + " " +
                    std::to_string(offset.value()));
  }
  return format_checkpoint(lines);
}

}  // namespace weir
