#include "broker/api/checkpoints.h"

#include <fmt/core.h>

#include "sim/fiber/atomic_file.h"

namespace weir {
namespace {

constexpr std::string_view kRecoveryPoints = "recovery-point-offset-checkpoint";
constexpr std::string_view kLogStarts = "log-start-offset-checkpoint";
constexpr uint64_t kMaxBytes = 64 << 20;
constexpr int kReads = 3;

OffsetCheckpoint await_read(Env& env, std::string_view path) {
  // More than once, for a read may come from the wrong place.
  for (int attempt = 0; attempt < kReads; ++attempt) {
    const auto file = await_read_file(env.disk, path, kMaxBytes);
    if (!file && file.error().kind == IoErrorKind::not_found) return {};
    auto offsets = file ? decode_offset_checkpoint(as_text(*file)) : std::nullopt;
    if (offsets) return std::move(*offsets);
  }
  log_line(env.log, LogLevel::warn, "Checkpoints", [&] {
    return fmt::format("{} is no checkpoint and is ignored: recovery reads more", path);
  });
  return {};
}

Offset offset_in(const OffsetCheckpoint& offsets, const TopicPartition& tp) {
  const auto it = offsets.find(tp);
  return it == offsets.end() ? Offset{0} : it->second;
}

}  // namespace

LogOpening Checkpoints::of(const TopicPartition& tp) const {
  return {offset_in(recovery_points, tp), offset_in(log_starts, tp)};
}

Checkpoints await_read_checkpoints(Env& env) {
  Checkpoints checkpoints;
  checkpoints.recovery_points = await_read(env, kRecoveryPoints);
  checkpoints.log_starts = await_read(env, kLogStarts);
  return checkpoints;
}

Result<Done, IoError> await_write_checkpoints(ShardContext& shard0) {
  const Mutex::Lock lock = shard0.cluster->checkpointing.await_lock();
  Checkpoints all;
  for (uint32_t i = 0; i < shard0.env.shards.count(); ++i) {
    Checkpoints there = shard0.await_on(i, [](ShardContext& shard) {
      return Checkpoints{shard.logs.recovery_points(), shard.logs.log_starts()};
    });
    all.recovery_points.merge(there.recovery_points);
    all.log_starts.merge(there.log_starts);
  }
  ClusterState& cluster = *shard0.cluster;
  const auto write = [&](std::string_view path, const OffsetCheckpoint& offsets,
                         std::string& written) -> Result<Done, IoError> {
    std::string text = encode_offset_checkpoint(offsets);
    if (text == written) return Done{};
    TRY(await_replace_file(shard0.env, path, as_bytes(text)));
    written = std::move(text);
    return Done{};
  };
  // Starts first: a recovery point of a log that begins behind it would be no use.
  TRY(write(kLogStarts, all.log_starts, cluster.written_log_starts));
  return write(kRecoveryPoints, all.recovery_points, cluster.written_recovery_points);
}

}  // namespace weir
