#include "broker/log/log_manager.h"

#include <fmt/core.h>

#include <algorithm>

#include "sim/fiber/fan_out.h"

namespace weir {
namespace {

constexpr Site kFlushJob{"log.flush_job"};
constexpr Site kRetentionJob{"log.retention_job"};
constexpr std::string_view kDeleteSuffix = "-delete";
constexpr std::string_view kComponent = "LogManager";
constexpr Duration kLeastFlushPeriod = milliseconds(1);
// How often flush.ms is looked after when no interval is set.
constexpr Duration kNoFlushPeriod = seconds(1);

std::vector<TopicPartition> names_of(const std::map<TopicPartition, LogManager::LogPtr>& logs) {
  std::vector<TopicPartition> names;
  for (const auto& [tp, log] : logs) names.push_back(tp);
  return names;
}

}  // namespace

LogManager::LogManager(Env& env, const LogJobs& jobs)
    : env_(env), options_(jobs), jobs_(env.clock, env.scheduler) {}

Result<LogManager::LogPtr, IoError> LogManager::await_open(const TopicPartition& tp,
                                                           const LogSettings& settings,
                                                           const LogOpening& opening) {
  if (const LogPtr known = find(tp)) return known;
  LogPtr log = TRY(PartitionLog::await_open(env_, to_string(tp), settings, opening));
  logs_[tp] = log;
  return log;
}

LogManager::LogPtr LogManager::find(const TopicPartition& tp) const {
  const auto it = logs_.find(tp);
  return it == logs_.end() ? nullptr : it->second;
}

Result<Done, IoError> LogManager::await_delete(const TopicPartition& tp, std::string_view id) {
  const auto it = logs_.find(tp);
  if (it == logs_.end()) return Done{};
  const LogPtr log = it->second;
  logs_.erase(it);
  log->await_retire();
  const std::string gone = fmt::format("{}.{}{}", to_string(tp), id, kDeleteSuffix);
  TRY(env_.disk.await_rename(to_string(tp), gone));
  TRY(env_.disk.await_sync_directory(""));
  if (const auto removed = await_remove_log(env_.disk, gone); !removed) {
    log_line(env_.log, LogLevel::warn, kComponent, [&] {
      return fmt::format("removing {}: {} ({}); the next start tries again", gone,
                         to_text(removed.error().kind), removed.error().what);
    });
  }
  return Done{};
}

void LogManager::start_jobs() {
  jobs_.start(kFlushJob, flush_period(), flush_period(), [this] { await_flush_due(); });
  jobs_.start(kRetentionJob, std::min(options_.initial_delay, options_.retention_check),
              options_.retention_check, [this] { await_retention(); });
}

Duration LogManager::flush_period() const {
  if (options_.flush_check) return std::max(*options_.flush_check, kLeastFlushPeriod);
  return kNoFlushPeriod;
}

void LogManager::await_flush_due() {
  for (const TopicPartition& tp : names_of(logs_)) {
    if (const LogPtr log = find(tp)) log->await_flush_if_due();
  }
}

void LogManager::await_retention() {
  const WallTime idle_since{env_.clock.wall_now().value() - options_.producer_expiration.ms()};
  for (const TopicPartition& tp : names_of(logs_)) {
    const LogPtr log = find(tp);
    if (!log) continue;
    log->await_apply_retention(env_.clock.wall_now());
    log->tidy(idle_since);
  }
}

void LogManager::await_close() {
  jobs_.await_close();
  const std::vector<TopicPartition> all = names_of(logs_);
  (void)await_each(env_.scheduler, all.size(), kLogsAtOnce, [&](size_t i) -> Result<Done, IoError> {
    if (const LogPtr log = find(all[i])) log->await_close();
    return Done{};
  });
}

OffsetCheckpoint LogManager::recovery_points() const {
  OffsetCheckpoint points;
  for (const auto& [tp, log] : logs_) points[tp] = log->recovery_point();
  return points;
}

OffsetCheckpoint LogManager::log_starts() const {
  OffsetCheckpoint starts;
  for (const auto& [tp, log] : logs_) {
    if (log->log_start() > Offset{0}) starts[tp] = log->log_start();
  }
  return starts;
}

bool is_deleted_log(std::string_view directory) { return directory.ends_with(kDeleteSuffix); }

Result<Done, IoError> await_remove_log(Disk& disk, const std::string& directory) {
  for (const DirectoryEntry& entry : TRY(disk.await_list(directory))) {
    TRY(disk.await_remove(directory + "/" + entry.name));
  }
  return disk.await_remove(directory);
}

}  // namespace weir
