#include "broker/log/log.h"

#include <fmt/core.h>

#include <algorithm>

#include "broker/log/log_bugs.h"
#include "sim/fiber/stream_io.h"

namespace weir {
namespace {

constexpr Site kOpened{"log.opened"};
constexpr Site kAppended{"log.appended"};
constexpr Site kFlushed{"log.flushed"};
constexpr Site kRolled{"log.rolled"};
constexpr Site kOffline{"log.offline"};
constexpr Site kFlushLater{"log.flush_later"};
constexpr Site kNoSpace{"log.no_space"};
constexpr Site kRollEarly{"buggify.log.roll_early"};
constexpr Site kSlowFlush{"buggify.log.slow_flush"};
constexpr Site kRollWithUnflushed{"sometimes.log.roll"};
constexpr Site kDuplicateSeen{"sometimes.log.duplicate"};
constexpr Site kFlushShared{"sometimes.log.flush_shared"};
constexpr std::string_view kComponent = "Log";

}  // namespace

PartitionLog::PartitionLog(Env& env, std::string directory, const LogSettings& settings)
    : env_(env),
      directory_(std::move(directory)),
      settings_(settings),
      trace_id_(fnv1a(directory_)),
      appending_(env.scheduler),
      flushed_(env.scheduler),
      reads_unsynced_(planted(env.buggify, log_bug::kReadUnsynced)) {}

Result<std::unique_ptr<PartitionLog>, IoError> PartitionLog::await_open(Env& env, std::string directory,
                                                      const LogSettings& settings) {
  auto log = std::unique_ptr<PartitionLog>(new PartitionLog(env, std::move(directory), settings));
  TRY(log->await_recover());
  env.trace.event(kOpened, log->trace_id_, static_cast<uint64_t>(log->log_end_.value()),
                  log->recovery_.cut_bytes, log->producers_.digest());
  return log;
}

void PartitionLog::set_ends(Offset flushed_end, Offset log_end) {
  CHECK(log_start_ <= flushed_end && flushed_end <= log_end);
  CHECK_MSG(flushed_end >= flushed_end_ && log_end >= log_end_, "a log end moved back");
  flushed_end_ = flushed_end;
  log_end_ = log_end;
}

ErrorCode PartitionLog::fail(std::string_view doing, const IoError& error) {
  if (!offline_) {
    offline_ = true;
    env_.trace.event(kOffline, trace_id_, static_cast<uint64_t>(error.kind));
    log_line(env_.log, LogLevel::error, kComponent, [&] {
      return fmt::format(
          "{}: {} failed: {} ({}). The partition is offline; restart the broker to recover it once "
          "the disk is well",
          directory_, doing, to_text(error.kind), error.what);
    });
  }
  flushed_.wake_all();
  return ErrorCode::kafka_storage_error;
}

// --- append and flush ------------------------------------------------------------------------------

Result<Done, IoError> PartitionLog::await_new_segment(Offset base) {
  auto file = TRY(
      env_.disk.await_open(directory_ + "/" + segment_file_name(base), OpenMode::create_exclusive));
  // Until the name is durable, nothing that is synced into the file is.
  if (!bug(log_bug::kNoDirectoryFsync)) TRY(env_.disk.await_sync_directory(directory_));
  segments_.push_back(
      std::make_unique<Segment>(base, std::move(file), settings_.index_interval_bytes));
  return Done{};
}

Result<Done, IoError> PartitionLog::await_roll_if_full(size_t incoming_bytes) {
  if (active().size_bytes() == 0) return Done{};
  const bool full = active().size_bytes() + incoming_bytes > settings_.segment_bytes;
  if (!full && !maybe(env_.buggify, kRollEarly)) return Done{};
  // Synced before the next one exists: only the last segment can ever have a torn tail. Through
  // await_flush, because two syncs of one file at a time share one error report: the other would say
  // "done" about pages that this one's failure has dropped. (Found by seed 730 of disk-faults.)
  sometimes(env_.buggify, kRollWithUnflushed);
  if (bug(log_bug::kRollLosesBatch)) {
    set_ends(log_end_, log_end_);
  } else if (await_flush(log_end_) != ErrorCode::none) {
    return IoError{IoErrorKind::io, "syncing the full segment"};
  }
  TRY(await_new_segment(log_end_));
  env_.trace.event(kRolled, trace_id_, static_cast<uint64_t>(log_end_.value()), segments_.size());
  return Done{};
}

void PartitionLog::assign_offsets(MutableBytes batches, const BatchScan& scan) {
  Offset next = log_end_;
  size_t position = 0;
  for (const BatchView& batch : scan.batches) {
    const MutableBytes bytes = batches.subspan(position, batch.bytes().size());
    set_base_offset(bytes, next);
    set_leader_epoch(bytes, LeaderEpoch{0});
    next = next + batch.record_count();
    position += bytes.size();
  }
}

Result<Done, IoError> PartitionLog::await_write(Segment& segment, ConstBytes batches) {
  if (bug(log_bug::kShortWriteIgnored)) {
    TRY(segment.file().await_write_at(segment.size_bytes(), {&batches, 1}));
    return Done{};
  }
  const auto written = await_write_fully(segment.file(), segment.size_bytes(), batches);
  if (!written && bug(log_bug::kEioSwallowed)) return Done{};
  return written;
}

// The disk is full: what was written of the batch goes, and the log stays as it was.
ErrorCode PartitionLog::await_give_back_space(Segment& segment, const IoError& error) {
  if (bug(log_bug::kNoSpaceLeavesTail)) {
    const auto file_size = segment.file().size_bytes();
    if (file_size) segment.skip_damage({log_end_, log_end_, segment.size_bytes(), *file_size});
    return ErrorCode::kafka_storage_error;
  }
  if (const auto cut = segment.file().await_truncate(segment.size_bytes()); !cut) {
    return fail("cutting off what a full disk left", cut.error());
  }
  env_.trace.event(kNoSpace, trace_id_, static_cast<uint64_t>(log_end_.value()));
  log_line(env_.log, LogLevel::error, kComponent, [&] {
    return fmt::format("{}: the disk is full ({}); the append was refused and nothing is lost. Free "
                       "space and producers will go on by themselves",
                       directory_, error.what);
  });
  return ErrorCode::kafka_storage_error;
}

AppendOutcome PartitionLog::await_append(MutableBytes batches) {
  std::optional<Mutex::Lock> lock;
  if (!bug(log_bug::kOffsetAssignedTwice)) lock.emplace(appending_.await_lock());
  if (offline_) return {.error = ErrorCode::kafka_storage_error};
  const BatchScan scan = scan_batches(batches, CrcCheck::skip);
  CHECK_MSG(scan.valid_bytes == batches.size() && !scan.batches.empty(),
            "appended bytes that were not validated");
  for (const BatchView& batch : scan.batches) {
    const ProducerState::Decision decision = producers_.check(batch);
    if (decision.error != ErrorCode::none) return {.error = decision.error};
    if (decision.duplicate_of) {
      if (*decision.duplicate_of < recovered_end_ && bug(log_bug::kDuplicateAccepted)) continue;
      sometimes(env_.buggify, kDuplicateSeen);
      return {.error = ErrorCode::none,
              .base_offset = *decision.duplicate_of,
              .end = decision.duplicate_last + 1,
              .duplicate = true};
    }
  }
  if (const auto rolled = await_roll_if_full(batches.size()); !rolled) {
    return {.error = fail("rolling to a new segment", rolled.error())};
  }
  const Offset base = log_end_;
  assign_offsets(batches, scan);
  Segment& segment = active();
  if (const auto written = await_write(segment, batches); !written) {
    return {.error = written.error().kind == IoErrorKind::no_space
                         ? await_give_back_space(segment, written.error())
                         : fail("appending", written.error())};
  }
  Offset next = base;
  for (const BatchView& batch : scan.batches) {
    segment.appended(batch, batch.base_offset());
    producers_.appended(batch, batch.base_offset());
    next = batch.last_offset() + 1;
  }
  if (next > log_end_) set_ends(flushed_end_, next);
  env_.trace.event(kAppended, trace_id_, static_cast<uint64_t>(base.value()),
                   static_cast<uint64_t>(next.value()), digest(batches));
  return {.error = ErrorCode::none, .base_offset = base, .end = next};
}

ErrorCode PartitionLog::await_durable(Offset end) {
  if (offline_) return ErrorCode::kafka_storage_error;
  if (log_end_ - flushed_end_ < settings_.flush_interval_messages) return ErrorCode::none;
  if (bug(log_bug::kAckBeforeFsync)) {
    env_.scheduler.spawn(kFlushLater, [this, end] { (void)await_flush(end); });
    return ErrorCode::none;
  }
  return await_flush(end);
}

ErrorCode PartitionLog::await_flush(Offset end) {
  while (flushed_end_ < end) {
    if (offline_) return ErrorCode::kafka_storage_error;
    if (flushing_) {
      sometimes(env_.buggify, kFlushShared);
      // Long enough for the sync to end, and its wake-up to find nobody waiting.
      if (bug(log_bug::kWakeupLost)) {
        await_sleep(env_.scheduler, env_.clock.now() + milliseconds(20));
      }
      flushed_.await({});
      continue;
    }
    flushing_ = true;
    // Older segments were synced when they were rolled. The active one may be rolled meanwhile, so
    // what this sync covers is read before it.
    Segment& segment = active();
    const Offset covered = log_end_;
    if (maybe(env_.buggify, kSlowFlush)) {
      await_sleep(env_.scheduler, env_.clock.now() + milliseconds(3));
    }
    auto synced = segment.file().await_sync();
    if (!synced && bug(log_bug::kFsyncRetried)) synced = segment.file().await_sync();
    flushing_ = false;
    if (!synced) return fail("syncing", synced.error());
    if (covered > flushed_end_) set_ends(covered, log_end_);
    env_.trace.event(kFlushed, trace_id_, static_cast<uint64_t>(flushed_end_.value()));
    flushed_.wake_all();
  }
  return ErrorCode::none;
}

}  // namespace weir
