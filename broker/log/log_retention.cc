// What goes from the beginning of a log: deleted records, old segments, what is only remembered.
#include <fmt/core.h>

#include <algorithm>

#include "broker/log/log.h"
#include "broker/log/log_bugs.h"

namespace weir {
namespace {

constexpr Site kStart{"log.start"};
constexpr Site kSegmentDeleted{"sometimes.log.segment_deleted"};
constexpr std::string_view kComponent = "Log";

}  // namespace

ErrorCode PartitionLog::await_delete_before(Offset offset) {
  if (offline_) return ErrorCode::kafka_storage_error;
  if (offset < Offset{0} || offset > visible_end()) return ErrorCode::offset_out_of_range;
  if (offset <= log_start_) return ErrorCode::none;
  // The log starts at or below what is durable, so that a power loss cannot leave it starting nowhere.
  if (const ErrorCode error = await_flush(offset); error != ErrorCode::none) return error;
  raise_log_start(offset, StartReason::records_deleted);
  return ErrorCode::none;
}

void PartitionLog::raise_log_start(Offset offset, StartReason reason) {
  if (offset > log_start_) {
    log_start_ = offset;
    set_ends(flushed_end_, log_end_);
    epochs_.drop_before(log_start_);
  }
  env_.trace.event(kStart, trace_id_, static_cast<uint64_t>(log_start_.value()),
                   static_cast<uint64_t>(reason), static_cast<uint64_t>(offset.value()));
}

// Why the oldest segment may go; empty when it may not.
std::string_view PartitionLog::reason_to_delete_oldest(WallTime now) const {
  const Segment& oldest = *segments_.front();
  const Offset end = end_of(oldest);
  if (oldest.size_bytes() == 0 || end > visible_end()) return {};
  if (end <= log_start_ && !is_active(oldest)) return "its records were deleted";
  if (settings_.retention && oldest.max_timestamp() >= WallTime{0} &&
      now.value() - oldest.max_timestamp().value() > settings_.retention->ms()) {
    return "retention.ms";
  }
  if (settings_.retention_bytes && !is_active(oldest) &&
      size_bytes() - oldest.size_bytes() >= *settings_.retention_bytes) {
    return "retention.bytes";
  }
  return {};
}

uint32_t PartitionLog::await_apply_retention(WallTime now) {
  uint32_t deleted = 0;
  for (;;) {
    // A segment that is being sealed would come back as an index without a log.
    const Mutex::Lock lock = sealing_.await_lock();
    if (offline_ || closing_) return deleted;
    std::string_view reason = reason_to_delete_oldest(now);
    if (!reason.empty() && is_active(*segments_.front())) {
      const Mutex::Lock appends = appending_.await_lock();
      reason = reason_to_delete_oldest(now);
      if (!reason.empty() && is_active(*segments_.front())) {
        if (const auto rolled = await_roll(); !rolled) {
          if (rolled.error().kind != IoErrorKind::no_space) {
            (void)fail("rolling to a new segment", rolled.error());
          }
          return deleted;
        }
      }
    }
    if (reason.empty() || !segments_.front()->sealed) return deleted;
    if (const auto done = await_delete_oldest(reason); !done) {
      log_line(env_.log, LogLevel::warn, kComponent, [&] {
        return fmt::format("{}: deleting the oldest segment: {} ({}); it is tried again later",
                           directory_, to_text(done.error().kind), done.error().what);
      });
      return deleted;
    }
    ++deleted;
  }
}

// One segment at a time, and its name gone for good before the next one's: so a power loss leaves no
// hole. Readers that are in it keep its file. What fails is gone on with the next time.
Result<Done, IoError> PartitionLog::await_delete_oldest(std::string_view reason) {
  const SegmentPtr oldest = segments_.front();
  const Offset end = end_of(*oldest);
  const Offset base = oldest->base();
  // First for readers, then for good: nobody sees a record that a crash takes with the segment.
  raise_log_start(end, StartReason::segment_leaves);
  const auto await_remove = [&](LogFileKind kind) -> Result<Done, IoError> {
    const auto removed = env_.disk.await_remove(path_of(base, kind));
    if (!removed && removed.error().kind != IoErrorKind::not_found) return removed.error();
    return Done{};
  };
  TRY(await_remove(LogFileKind::segment));
  TRY(await_remove(LogFileKind::offset_index));
  TRY(await_remove(LogFileKind::time_index));
  if (!bug(log_bug::kDeletedResurrected)) TRY(env_.disk.await_sync_directory(directory_));
  // Only now: should the segment come back, then so does what was known of producers before it.
  TRY(await_remove(LogFileKind::snapshot));
  log_line(env_.log, LogLevel::info, kComponent, [&] {
    return fmt::format("{}: deleted, by {}: {} bytes, offsets {} to {}",
                       path_of(base, LogFileKind::segment), reason, oldest->size_bytes(),
                       base.value(), end.value() - 1);
  });
  segments_.erase(segments_.begin());
  raise_log_start(end, StartReason::segment_deleted);
  sometimes(env_.buggify, kSegmentDeleted);
  return Done{};
}

void PartitionLog::tidy(WallTime idle_since) {
  producers_.expire(idle_since);
  for (const SegmentPtr& segment : segments_) {
    if (segment->sealed && !std::exchange(segment->used, false)) segment->drop_indexes();
  }
}

}  // namespace weir
