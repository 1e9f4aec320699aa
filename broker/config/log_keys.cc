// The keys of the logs: what topics have that set nothing else, and how logs are looked after.
#include "broker/config/key_rows.h"

namespace weir {
namespace {

using namespace key_rows;  // NOLINT
using enum ConfigType;

using Text = std::optional<std::string>;

// Only "delete": a broker that took "compact" and did not compact would fill the disk, and one that
// deleted instead would lose what the topic is there for.
Outcome set_cleanup(BrokerConfig& /*config*/, const ConfigKey& /*key*/, std::string_view text) {
  const auto policies = split_list(text);
  if (policies.empty()) return Failure{std::string("must be delete")};
  for (const std::string_view policy : policies) {
    if (policy == "compact") {
      return Failure{std::string("this broker cannot compact logs yet; use delete")};
    }
    if (policy != "delete") return Failure{std::string("must be delete")};
  }
  return Done{};
}
Text get_cleanup(const BrokerConfig& /*config*/, const ConfigKey& /*key*/) { return "delete"; }

struct CompressionName {
  std::string_view name;
  std::optional<Compression> compression;
};
constexpr CompressionName kCompressions[] = {
    {"producer", std::nullopt},  {"uncompressed", Compression::none},
    {"gzip", Compression::gzip}, {"snappy", Compression::snappy},
    {"lz4", Compression::lz4},   {"zstd", Compression::zstd},
};

Outcome set_compression(BrokerConfig& config, const ConfigKey& /*key*/, std::string_view text) {
  for (const CompressionName& each : kCompressions) {
    if (each.name != text) continue;
    config.log.records.compression = each.compression;
    return Done{};
  }
  return Failure{std::string("must be one of producer, uncompressed, gzip, snappy, lz4, zstd")};
}
Text get_compression(const BrokerConfig& config, const ConfigKey& /*key*/) {
  for (const CompressionName& each : kCompressions) {
    if (each.compression == config.log.records.compression) return std::string(each.name);
  }
  return std::nullopt;
}

Outcome set_timestamp_type(BrokerConfig& config, const ConfigKey& /*key*/, std::string_view text) {
  TimestampType& type = config.log.records.timestamp_type;
  if (text == "CreateTime") {
    type = TimestampType::create_time;
  } else if (text == "LogAppendTime") {
    type = TimestampType::log_append_time;
  } else {
    return Failure{std::string("must be CreateTime or LogAppendTime")};
  }
  return Done{};
}
Text get_timestamp_type(const BrokerConfig& config, const ConfigKey& /*key*/) {
  return config.log.records.timestamp_type == TimestampType::create_time ? "CreateTime"
                                                                         : "LogAppendTime";
}

constexpr ConfigKey kLogKeys[] = {
    row<[](auto& c) -> auto& { return c.log.segment_bytes; }>(
        "log.segment.bytes", int32, kClusterWide, 14, kMaxInt32,
        "A segment that has so many bytes is closed and another begun."),
    row<[](auto& c) -> auto& { return c.log.segment_age; }>(
        "log.roll.ms", int64, kClusterWide, 1, kMaxInt64,
        "A segment whose first record is so old is closed and another begun."),
    row<[](auto& c) -> auto& {
      return c.log.segment_jitter;
    }>("log.roll.jitter.ms", int64, kClusterWide, 0, kMaxInt64,
       "The most that is taken off log.roll.ms by chance, so that not all segments close at once."),
    row<[](auto& c) -> auto& { return c.log.index_interval_bytes; }>(
        "log.index.interval.bytes", int32, kClusterWide, 0, kMaxInt32,
        "Bytes of records between two entries of a segment's index."),
    row<[](auto& c) -> auto& { return c.log.index_max_bytes; }>(
        "log.index.size.max.bytes", int32, kClusterWide, 4, kMaxInt32,
        "The largest index; a segment whose index is full is closed."),
    row<[](auto& c) -> auto& { return c.log.flush_interval_messages; }>(
        "log.flush.interval.messages", int64, kClusterWide, 1, kMaxInt64,
        "Records after which a log is synced to the disk; 1 syncs before each acknowledgement."),
    row<[](auto& c) -> auto& { return c.log.flush_interval; }>(
        "log.flush.interval.ms", int64, kClusterWide, 0, kMaxInt64,
        "The longest that a record stays unsynced; without it, log.flush.scheduler.interval.ms."),
    row<[](auto& c) -> auto& { return c.flush_scheduler_interval; }>(
        "log.flush.scheduler.interval.ms", int64, kReadOnly, 0, kMaxInt64,
        "How often logs are looked at for records that are to be synced."),
    row<[](auto& c) -> auto& { return c.flush_checkpoint_interval; }>(
        "log.flush.offset.checkpoint.interval.ms", int32, kReadOnly, 0, kMaxInt32,
        "How often it is written down up to where logs are synced."),
    row<[](auto& c) -> auto& { return c.start_checkpoint_interval; }>(
        "log.flush.start.offset.checkpoint.interval.ms", int32, kReadOnly, 0, kMaxInt32,
        "How often it is written down where logs begin."),
    {"log.cleanup.policy", list, kClusterWide, 0, 0, set_cleanup, get_cleanup,
     "What happens to old segments; only delete is there yet."},
    row<[](auto& c) -> auto& { return c.log.retention; }>(
        "log.retention.ms", int64, kClusterWide, -1, kMaxInt64,
        "Segments whose records are all older are deleted; -1 keeps them."),
    row<[](auto& c) -> auto& { return c.log.retention_bytes; }>(
        "log.retention.bytes", int64, kClusterWide, -1, kMaxInt64,
        "The oldest segments of a partition with more bytes are deleted; -1 keeps them."),
    row<[](auto& c) -> auto& { return c.retention_check_interval; }>(
        "log.retention.check.interval.ms", int64, kReadOnly, 1, kMaxInt64,
        "How often logs are looked at for segments to delete."),
    row<[](auto& c) -> auto& { return c.log.file_delete_delay; }>(
        "log.segment.delete.delay.ms", int64, kClusterWide, 0, kMaxInt64,
        "How long the files of a deleted segment stay for those who still read them."),
    row<[](auto& c) -> auto& { return c.log.records.max_message_bytes; }>(
        "message.max.bytes", int32, kClusterWide, 0, kMaxInt32,
        "The largest batch of records in bytes, compressed as it is sent."),
    {"compression.type", string, kClusterWide, 0, 0, set_compression, get_compression,
     "How records are compressed on the disk; producer leaves them as they came."},
    {"log.message.timestamp.type", string, kClusterWide, 0, 0, set_timestamp_type,
     get_timestamp_type, "Whose time a record bears: its creator's or that of the append."},
    row<[](auto& c) -> auto& { return c.log.records.timestamp_before_max_ms; }>(
        "log.message.timestamp.before.max.ms", int64, kClusterWide, 0, kMaxInt64,
        "How far a record's timestamp may lie before the broker's clock."),
    row<[](auto& c) -> auto& { return c.log.records.timestamp_after_max_ms; }>(
        "log.message.timestamp.after.max.ms", int64, kClusterWide, 0, kMaxInt64,
        "How far a record's timestamp may lie after the broker's clock."),
};

}  // namespace

std::span<const ConfigKey> log_keys() { return kLogKeys; }

}  // namespace weir
