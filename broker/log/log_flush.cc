// The durable side of PartitionLog: syncs, and what a closed segment gets once it is synced.
#include <fmt/core.h>

#include <algorithm>

#include "broker/log/log.h"
#include "broker/log/log_bugs.h"
#include "sim/fiber/atomic_file.h"
#include "sim/fiber/stream_io.h"

namespace weir {
namespace {

constexpr Site kFlushed{"log.flushed"};
constexpr Site kSealed{"log.sealed"};
constexpr Site kFlushLater{"log.flush_later"};
constexpr Site kSeal{"log.seal"};
constexpr Site kSlowFlush{"buggify.log.slow_flush"};
constexpr Site kSealLate{"buggify.log.seal_late"};
constexpr Site kCopyWindow{"buggify.log.copy_window"};
constexpr Site kFlushShared{"sometimes.log.flush_shared"};
constexpr Site kSealedProbe{"sometimes.log.sealed"};
constexpr Site kWrittenAnew{"sometimes.log.written_anew"};
constexpr std::string_view kComponent = "Log";
constexpr std::string_view kCopySuffix = ".recovering";
constexpr std::string_view kEpochs = "leader-epoch-checkpoint";
constexpr int kRereads = 8;

}  // namespace

// --- flush -----------------------------------------------------------------------------------------

ErrorCode PartitionLog::await_durable(Offset end) {
  if (offline_) return ErrorCode::kafka_storage_error;
  if (log_end_ - flushed_end_ < settings_.flush_interval_messages) return ErrorCode::none;
  if (bug(log_bug::kAckBeforeFsync)) {
    spawn_in(background_, env_.scheduler, kFlushLater, [this, end] { (void)await_flush(end); });
    return ErrorCode::none;
  }
  return await_flush(end);
}

void PartitionLog::await_flush_if_due() {
  if (!settings_.flush_interval || offline_ || flushed_end_ == log_end_) return;
  if (env_.clock.now() - unsynced_since_ < *settings_.flush_interval) return;
  (void)await_flush(log_end_);
}

ErrorCode PartitionLog::await_flush(Offset end) {
  const auto flushed = await_make_durable(end);
  if (flushed) return ErrorCode::none;
  // No room for the copy that a recovered segment needs: the segment itself is as it was.
  if (flushed.error().kind == IoErrorKind::no_space) return refuse_for_space(flushed.error());
  return fail("syncing", flushed.error());
}

Result<Done, IoError> PartitionLog::await_make_durable(Offset end) {
  while (flushed_end_ < end) {
    if (offline_) return IoError{IoErrorKind::io, directory_ + " is offline"};
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
    const auto done = await_flush_step();
    flushing_ = false;
    // A full disk is not the file's fault: it is as it was.
    if (!done && done.error().kind != IoErrorKind::no_space) fail("syncing", done.error());
    flushed_.wake_all();
    if (!done) return done.error();
  }
  return Done{};
}

// Syncs the first segment that has something unsynced. Only one fiber at a time is in here.
Result<Done, IoError> PartitionLog::await_flush_step() {
  const SegmentPtr segment = segment_of(flushed_end_);
  if (!segment->name_durable) {
    const std::vector<SegmentPtr> named = segments_;
    TRY(env_.disk.await_sync_directory(directory_));
    for (const SegmentPtr& each : named) each->name_durable = true;
  }
  // The active segment may grow and be closed meanwhile, so what the sync covers is read before it.
  Offset covered = end_of(*segment);
  if (segment->in_doubt) {
    const Mutex::Lock lock = appending_.await_lock();
    covered = end_of(*segment);
    TRY(await_write_anew(*segment));
  } else {
    if (maybe(env_.buggify, kSlowFlush)) {
      await_sleep(env_.scheduler, env_.clock.now() + milliseconds(3));
    }
    auto synced = segment->file()->await_sync();
    if (!synced && bug(log_bug::kFsyncRetried)) synced = segment->file()->await_sync();
    TRY(synced);
  }
  if (covered > flushed_end_) set_ends(covered, log_end_);
  unsynced_since_ = env_.clock.now();
  env_.trace.event(kFlushed, trace_id_, static_cast<uint64_t>(flushed_end_.value()));
  return Done{};
}

// A copy that is synced and takes the old one's place: pages that an earlier sync failed to write
// look clean, and only writing them again makes them durable (fsyncgate, 2018). Never in place: a
// power loss in the middle could then damage what was safe. What was copied is checked against what
// was scanned, and read back before it counts: a write may go to the wrong place (seed 9098 of
// disk-faults). Nobody appends meanwhile.
Result<Done, IoError> PartitionLog::await_write_anew(Segment& segment) {
  const std::string path = path_of(segment.base(), LogFileKind::segment);
  const std::string beside = path + std::string(kCopySuffix);
  std::shared_ptr<File> copy = TRY(env_.disk.await_open(beside, OpenMode::create));
  const uint64_t bytes = segment.size_bytes();
  for (int attempt = 0;; ++attempt) {
    if (attempt > kRereads) return IoError{IoErrorKind::io, path + " does not read the same twice"};
    TRY(copy->await_truncate(0));
    if (bytes > 0 && TRY(await_copy(segment, *copy, bytes)) != segment.crc()) continue;
    TRY(copy->await_sync());
    if (bytes == 0 || TRY(await_crc_of(*copy, bytes)) == segment.crc()) break;
  }
  TRY(env_.disk.await_rename(beside, path));
  TRY(env_.disk.await_sync_directory(directory_));
  segment.use(std::move(copy));
  segment.in_doubt = false;
  sometimes(env_.buggify, kWrittenAnew);
  return Done{};
}

// Gives the checksum of what it wrote.
Result<uint32_t, IoError> PartitionLog::await_copy(Segment& segment, File& copy, uint64_t bytes) {
  const uint64_t window_bytes = limit<uint64_t>(env_.buggify, kCopyWindow, 1 << 20, 333);
  const std::shared_ptr<File> from = segment.file();
  uint32_t crc = 0;
  for (uint64_t at = 0; at < bytes;) {
    Buffer window(std::min(window_bytes, bytes - at));
    window.resize(TRY(await_read_fully(*from, at, window)));
    if (window.empty()) return IoError{IoErrorKind::io, "the segment has become shorter"};
    TRY(await_write_fully(copy, at, window));
    crc = at == 0 ? crc32c(window) : crc32c_extend(crc, window);
    at += window.size();
  }
  return crc;
}

Result<uint32_t, IoError> PartitionLog::await_crc_of(File& file, uint64_t bytes) {
  uint32_t crc = 0;
  for (uint64_t at = 0; at < bytes;) {
    Buffer window(std::min<uint64_t>(1 << 20, bytes - at));
    window.resize(TRY(await_read_fully(file, at, window)));
    if (window.empty()) break;
    crc = at == 0 ? crc32c(window) : crc32c_extend(crc, window);
    at += window.size();
  }
  return crc;
}

// --- seal ------------------------------------------------------------------------------------------

void PartitionLog::seal_in_background() {
  const bool any = std::any_of(segments_.begin(), std::prev(segments_.end()),
                               [](const SegmentPtr& segment) { return !segment->sealed; });
  if (any) spawn_in(background_, env_.scheduler, kSeal, [this] { await_seal_closed(); });
}

// Every closed segment, oldest first. What fails is tried again when the next one is closed: nothing is
// lost by it but that a recovery reads more.
void PartitionLog::await_seal_closed() {
  const Mutex::Lock lock = sealing_.await_lock();
  for (;;) {
    if (maybe(env_.buggify, kSealLate)) {
      await_sleep(env_.scheduler, env_.clock.now() + milliseconds(30));
    }
    const auto open = std::find_if(segments_.begin(), std::prev(segments_.end()),
                                   [](const SegmentPtr& segment) { return !segment->sealed; });
    if (open == std::prev(segments_.end()) || offline_) return;
    const SegmentPtr segment = *open;
    const Offset end = end_of(*segment);
    if (!bug(log_bug::kSnapshotBeforeSync) && await_flush(end) != ErrorCode::none) return;
    auto written = await_write_indexes(*segment);
    if (written && !segment->snapshot_at_end.empty()) {
      written = await_write_snapshot(end, segment->snapshot_at_end);
    }
    if (!written) {
      log_line(env_.log, LogLevel::warn, kComponent, [&] {
        return fmt::format("{}: the indexes could not be written: {} ({}); a crash would only make "
                           "the next start longer",
                           path_of(segment->base(), LogFileKind::segment),
                           to_text(written.error().kind), written.error().what);
      });
      return;
    }
    segment->sealed = true;
    segment->used = false;
    segment->snapshot_at_end = {};
    sometimes(env_.buggify, kSealedProbe);
  }
}

// No sync of the directory: an index is a hint, and missing it is made again.
Result<Done, IoError> PartitionLog::await_write_indexes(const Segment& segment) {
  if (!segment.has_indexes()) return Done{};
  const Buffer offsets = segment.offsets().encode();
  const Buffer times = segment.times().encode();
  TRY(await_replace_file_unnamed(env_, path_of(segment.base(), LogFileKind::offset_index), offsets));
  return await_replace_file_unnamed(env_, path_of(segment.base(), LogFileKind::time_index), times);
}

// Its being there says that everything below `at` was synced: so it comes last, and its name is synced.
Result<Done, IoError> PartitionLog::await_write_snapshot(Offset at, ConstBytes snapshot) {
  CHECK(at <= flushed_end_ || bug(log_bug::kSnapshotBeforeSync) || bug(log_bug::kClosedTooEarly));
  TRY(await_write_epochs());
  TRY(await_replace_file(env_, path_of(at, LogFileKind::snapshot), snapshot));
  snapshot_at_ = std::max(snapshot_at_, at);
  env_.trace.event(kSealed, trace_id_, static_cast<uint64_t>(at.value()));
  return Done{};
}

Result<Done, IoError> PartitionLog::await_write_epochs() {
  if (epochs_.entries().empty()) return Done{};
  return await_replace_file_unnamed(env_, directory_ + "/" + std::string(kEpochs),
                                    as_bytes(epochs_.encode()));
}

void PartitionLog::await_retire() {
  closing_ = true;
  background_.await_close();
  { const Mutex::Lock lock = sealing_.await_lock(); }
  { const Mutex::Lock lock = appending_.await_lock(); }  // whoever is in the middle of an append
}

void PartitionLog::await_close() {
  await_retire();
  const bool early = bug(log_bug::kClosedTooEarly) || bug(log_bug::kStaleIndexTrusted);
  if (early && !await_write_indexes(active())) return;
  if (bug(log_bug::kClosedTooEarly)) {
    if (!await_write_snapshot(log_end_, producers_.encode_snapshot())) return;
  }
  if (offline_ || await_flush(log_end_) != ErrorCode::none) return;
  await_seal_closed();
  if (snapshot_at_ >= log_end_) return;
  active().finish_time_index();
  auto written = await_write_indexes(active());
  if (written) written = await_write_snapshot(log_end_, producers_.encode_snapshot());
  if (!written) {
    log_line(env_.log, LogLevel::warn, kComponent, [&] {
      return fmt::format("{}: closing: {} ({}); the next start reads the last segment again",
                         directory_, to_text(written.error().kind), written.error().what);
    });
  }
}

Offset PartitionLog::recovery_point() const { return flushed_end_; }

}  // namespace weir
