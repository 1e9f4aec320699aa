// LogManager: the logs of one shard, and the jobs that keep them in order.
//
//   job        every                              does
//   flush      log.flush.scheduler.interval.ms    syncs logs whose records have waited for flush.ms
//   retention  log.retention.check.interval.ms    removes old segments; forgets idle producers and indexes
//
// Checkpoints are files of the whole process: this class only says what belongs into them.
//
// A log is held by shared_ptr, because work that is in it may suspend while the log is deleted.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "broker/log/checkpoint_file.h"
#include "broker/log/log.h"
#include "sim/fiber/periodic_jobs.h"

namespace weir {

struct LogJobs {
  Duration initial_delay = seconds(30);              // as Kafka's
  std::optional<Duration> flush_check;               // log.flush.scheduler.interval.ms; none: as flush.ms asks
  Duration retention_check = seconds(300);           // log.retention.check.interval.ms
  Duration producer_expiration = seconds(86'400);    // producer.id.expiration.ms
};

// Logs that are made or closed side by side: each mostly waits for syncs, which a file system does
// together. Recovery has a setting of its own, for it reads.
inline constexpr size_t kLogsAtOnce = 16;

class LogManager {
 public:
  using LogPtr = std::shared_ptr<PartitionLog>;
  LogManager(Env& env, const LogJobs& jobs);

  // Opens and recovers the log, or gives the one that is open.
  Result<LogPtr, IoError> await_open(const TopicPartition& tp, const LogSettings& settings,
                                     const LogOpening& opening);
  [[nodiscard]] LogPtr find(const TopicPartition& tp) const;
  [[nodiscard]] const std::map<TopicPartition, LogPtr>& logs() const { return logs_; }
  // The log's work ends and its directory gets the name `topic-partition.<id>-delete`, which lasts;
  // its files go then. A directory whose files are still there at the next start goes there.
  Result<Done, IoError> await_delete(const TopicPartition& tp, std::string_view id);

  void start_jobs();
  void set_producer_expiration(Duration age) { options_.producer_expiration = age; }
  // Ends the jobs and closes every log in order.
  void await_close();

  // For the checkpoints in the root of log.dirs.
  [[nodiscard]] OffsetCheckpoint recovery_points() const;
  [[nodiscard]] OffsetCheckpoint log_starts() const;

 private:
  void await_flush_due();
  void await_retention();
  [[nodiscard]] Duration flush_period() const;

  Env& env_;
  LogJobs options_;
  std::map<TopicPartition, LogPtr> logs_;
  PeriodicJobs jobs_;
};

// Whether a directory's name is that of a log that is being deleted.
bool is_deleted_log(std::string_view directory);
// Removes such a directory with its files.
Result<Done, IoError> await_remove_log(Disk& disk, const std::string& directory);

}  // namespace weir
