#include "broker/metadata/topic_store.h"

#include <fmt/core.h>

#include <charconv>

#include "broker/metadata/topic_directories.h"
#include "sim/fiber/atomic_file.h"
#include "sim/fiber/stream_io.h"

namespace weir {
namespace {

constexpr std::string_view kFile = "weir-topics";
constexpr uint64_t kMaxBytes = 64 << 20;
constexpr Site kTopicId{"topics.taken_over_id"};
constexpr std::string_view kComponent = "TopicStore";

std::string_view take_until(std::string_view& text, char separator) {
  const size_t at = std::min(text.find(separator), text.size());
  const std::string_view word = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return word;
}

IoError corrupt(std::string_view line) {
  return {IoErrorKind::other, fmt::format("{} is corrupt at \"{}\"", kFile, line)};
}

}  // namespace

Result<Done, IoError> TopicStore::await_load() {
  const auto content = await_read_file(env_.disk, kFile, kMaxBytes);
  if (!content) {
    if (content.error().kind == IoErrorKind::not_found) return await_take_over();
    return content.error();
  }
  std::string_view text = as_text(*content);
  const std::string_view version = take_until(text, '\n');
  if (version != "0" && version != "1") return corrupt("version");
  take_until(text, '\n');
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    const std::string_view whole = line;
    const std::string name(take_until(line, ' '));
    const std::string_view count_text = take_until(line, ' ');
    TopicInfo info;
    const auto parsed = std::from_chars(count_text.data(), count_text.data() + count_text.size(),
                                        info.partition_count);
    const auto id = parse_uuid(take_until(line, ' '));
    auto configs = decode_settings(line);
    if (parsed.ec != std::errc{} || !id || !configs || info.partition_count < 1) {
      return corrupt(whole);
    }
    info.id = *id;
    info.configs = std::move(*configs);
    topics_[name] = std::move(info);
  }
  return Done{};
}

Result<Done, IoError> TopicStore::await_take_over() {
  FoundTopics found = TRY(await_find_topics(env_.disk));
  for (auto& [name, info] : found.topics) {
    if (info.id == Uuid{}) {
      for (uint8_t& byte : info.id.bytes) {
        byte = static_cast<uint8_t>(env_.random.choose(kTopicId, 256));
      }
      info.id.bytes[0] |= 1;  // all zeros means "none"
    }
    for (int32_t i = 0; i < info.partition_count; ++i) {
      const TopicPartition tp{name, PartitionIndex{i}};
      TRY(await_replace_file(env_, to_string(tp) + "/partition.metadata",
                             as_bytes(format_partition_metadata(info.id))));
    }
    log_line(env_.log, LogLevel::info, kComponent, [&] {
      return fmt::format("took topic {} over, {} partitions; what it sets for itself is not in its "
                         "directories and has to be given again",
                         name, info.partition_count);
    });
  }
  for (const std::string& directory : found.internal) {
    log_line(env_.log, LogLevel::warn, kComponent, [&] {
      return fmt::format("{} is left alone: Kafka's internal topics are not taken over", directory);
    });
  }
  TRY(await_write(found.topics));
  topics_ = std::move(found.topics);
  return Done{};
}

Result<Done, IoError> TopicStore::await_write(const MetadataCache::Topics& topics) {
  std::string text = fmt::format("1\n{}\n", topics.size());
  for (const auto& [name, info] : topics) {
    text += fmt::format("{} {} {}{}{}\n", name, info.partition_count, to_string(info.id),
                        info.configs.empty() ? "" : " ", encode_settings(info.configs));
  }
  if (text.size() > kMaxBytes) {  // it could not be read again
    return IoError{IoErrorKind::other,
                   fmt::format("{} would have more than {} bytes", kFile, kMaxBytes)};
  }
  return await_replace_file(env_, kFile, as_bytes(text));
}

Result<Done, IoError> TopicStore::await_make_directories(const std::string& name,
                                                         const TopicInfo& info, int32_t from) {
  for (int32_t i = from; i < info.partition_count; ++i) {
    const std::string directory = to_string(TopicPartition{name, PartitionIndex{i}});
    const auto made = env_.disk.await_create_directory(directory);
    if (!made && made.error().kind != IoErrorKind::already_exists) return made.error();
    if (!made) {
      for (const DirectoryEntry& entry : TRY(env_.disk.await_list(directory))) {
        TRY(env_.disk.await_remove(directory + "/" + entry.name));
      }
    }
    TRY(await_replace_file(
        env_, directory + "/partition.metadata",
        as_bytes(format_partition_metadata(info.id))));
  }
  return env_.disk.await_sync_directory("");
}

Result<Done, IoError> TopicStore::await_create(const std::string& name, const TopicInfo& info) {
  TRY(await_make_directories(name, info, 0));
  MetadataCache::Topics topics = topics_;
  topics[name] = info;
  TRY(await_write(topics));
  topics_ = std::move(topics);
  return Done{};
}

Result<Done, IoError> TopicStore::await_delete(const std::string& name) {
  MetadataCache::Topics topics = topics_;
  topics.erase(name);
  TRY(await_write(topics));
  topics_ = std::move(topics);
  return Done{};
}

Result<Done, IoError> TopicStore::await_set_partitions(const std::string& name, int32_t count) {
  MetadataCache::Topics topics = topics_;
  TopicInfo& info = topics.at(name);
  const int32_t from = std::exchange(info.partition_count, count);
  TRY(await_make_directories(name, info, from));
  TRY(await_write(topics));
  topics_ = std::move(topics);
  return Done{};
}

Result<Done, IoError> TopicStore::await_set_configs(const std::string& name,
                                                    const Settings& configs) {
  MetadataCache::Topics topics = topics_;
  topics.at(name).configs = configs;
  TRY(await_write(topics));
  topics_ = std::move(topics);
  return Done{};
}

}  // namespace weir
