#include "broker/metadata/topic_directories.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "model/types/topic_name.h"
#include "sim/fiber/stream_io.h"

namespace weir {
namespace {

constexpr std::array<std::string_view, 4> kInternalTopics{
    "__cluster_metadata", "__consumer_offsets", "__share_group_state", "__transaction_state"};
constexpr uint64_t kMaxMetadataBytes = 4 << 10;
constexpr Uuid kNoId{};

bool is_internal(std::string_view topic) {
  return std::find(kInternalTopics.begin(), kInternalTopics.end(), topic) != kInternalTopics.end();
}

IoError refusal(std::string what) { return {IoErrorKind::other, std::move(what)}; }

// The id that the directory's partition.metadata gives, zeros without one.
Result<Uuid, IoError> await_topic_id(Disk& disk, const std::string& directory) {
  const std::string path = directory + "/partition.metadata";
  const auto text = await_read_file(disk, path, kMaxMetadataBytes);
  if (!text && text.error().kind == IoErrorKind::not_found) return kNoId;
  if (!text) return text.error();
  const auto id = parse_partition_metadata(as_text(*text));
  if (!id) return refusal(path + " is corrupt; restore it, or remove it to give the topic a new id");
  return *id;
}

}  // namespace

std::optional<TopicPartition> parse_partition_directory(std::string_view directory) {
  const size_t dash = directory.rfind('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view topic = directory.substr(0, dash);
  const std::string_view digits = directory.substr(dash + 1);
  int32_t partition = 0;
  const char* const end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, partition);
  if (parsed.ec != std::errc{} || parsed.ptr != end || !is_valid_topic_name(topic)) return {};
  TopicPartition tp{std::string(topic), PartitionIndex{partition}};
  if (partition < 0 || to_string(tp) != directory) return std::nullopt;  // "a--1", "a-01"
  return tp;
}

std::string format_partition_metadata(const Uuid& topic_id) {
  return fmt::format("version: 0\ntopic_id: {}\n", to_string(topic_id));
}

std::optional<Uuid> parse_partition_metadata(std::string_view text) {
  constexpr std::string_view kVersion = "version: 0\n";
  constexpr std::string_view kId = "topic_id: ";
  if (!text.starts_with(kVersion)) return std::nullopt;
  text.remove_prefix(kVersion.size());
  if (!text.starts_with(kId)) return std::nullopt;
  text.remove_prefix(kId.size());
  if (text.ends_with('\n')) text.remove_suffix(1);
  return parse_uuid(text);
}

Result<FoundTopics, IoError> await_find_topics(Disk& disk) {
  FoundTopics found;
  std::map<std::string, int32_t> highest;
  for (const DirectoryEntry& entry : TRY(disk.await_list(""))) {
    const auto tp = entry.is_directory ? parse_partition_directory(entry.name) : std::nullopt;
    if (!tp) continue;
    if (is_internal(tp->topic)) {
      found.internal.push_back(entry.name);
      continue;
    }
    const Uuid id = TRY(await_topic_id(disk, entry.name));
    TopicInfo& info = found.topics[tp->topic];
    if (info.id != kNoId && id != kNoId && info.id != id) {
      return refusal(fmt::format("{} has topic id {}, but another partition of that topic has {}; "
                                 "remove the directories of the topic that is no more",
                                 entry.name, to_string(id), to_string(info.id)));
    }
    if (id != kNoId) info.id = id;
    ++info.partition_count;
    int32_t& top = highest[tp->topic];
    top = std::max(top, tp->partition.value());
  }
  for (const auto& [name, info] : found.topics) {
    if (highest[name] + 1 == info.partition_count) continue;
    return refusal(fmt::format(
        "of topic {} there are {} partitions, of which {}-{} is the last: this directory holds a part "
        "of a cluster's partitions; a broker that stands alone needs all of a topic, or none",
        name, info.partition_count, name, highest[name]));
  }
  return found;
}

}  // namespace weir
