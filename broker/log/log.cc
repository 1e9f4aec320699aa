#include "broker/log/log.h"

#include <fmt/core.h>

#include <algorithm>

#include "broker/log/log_bugs.h"
#include "sim/fiber/stream_io.h"

namespace weir {
namespace {

constexpr Site kOpened{"log.opened"};
constexpr Site kAppended{"log.appended"};
constexpr Site kRolled{"log.rolled"};
constexpr Site kOffline{"log.offline"};
constexpr Site kStart{"log.start"};
constexpr Site kNoSpace{"log.no_space"};
constexpr Site kRollEarly{"buggify.log.roll_early"};
constexpr Site kRollWithUnflushed{"sometimes.log.roll"};
constexpr Site kDuplicateSeen{"sometimes.log.duplicate"};
constexpr Site kRollByTime{"sometimes.log.roll_by_time"};
constexpr std::string_view kComponent = "Log";

}  // namespace

PartitionLog::PartitionLog(Env& env, std::string directory, const LogSettings& settings)
    : env_(env),
      directory_(std::move(directory)),
      settings_(settings),
      trace_id_(fnv1a(directory_)),
      appending_(env.scheduler),
      sealing_(env.scheduler),
      background_(env.scheduler),
      flushed_(env.scheduler),
      reads_unsynced_(planted(env.buggify, log_bug::kReadUnsynced)) {}

Result<std::unique_ptr<PartitionLog>, IoError> PartitionLog::await_open(Env& env,
                                                                        std::string directory,
                                                                        const LogSettings& settings,
                                                                        const LogOpening& opening) {
  auto log = std::unique_ptr<PartitionLog>(new PartitionLog(env, std::move(directory), settings));
  TRY(log->await_recover(opening));
  env.trace.event(kOpened, log->trace_id_, static_cast<uint64_t>(log->log_end_.value()),
                  static_cast<uint64_t>(log->flushed_end_.value()), log->producers_.digest());
  env.trace.event(kStart, log->trace_id_, static_cast<uint64_t>(log->log_start_.value()),
                  static_cast<uint64_t>(StartReason::opened));
  if (log->settings_.readers_wait_for_flush()) TRY(log->await_make_durable(log->log_end_));
  log->seal_in_background();
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

// --- append ------------------------------------------------------------------------------

// Its name becomes durable with the first flush of it: until then nothing that is synced into the file
// is. Only a log's first name is synced at once, for nobody could tell a log whose first segment is gone
// from one whose oldest were deleted. (Found by seed 451 of retention.)
Result<Done, IoError> PartitionLog::await_new_segment(Offset base) {
  auto file = TRY(
      env_.disk.await_open(path_of(base, LogFileKind::segment), OpenMode::create_exclusive));
  const bool is_first = segments_.empty();
  segments_.push_back(
      std::make_shared<Segment>(base, std::move(file), settings_.index_interval_bytes,
                                bug(log_bug::kTimeIndexMisordered)));
  active().name_durable = is_first || bug(log_bug::kNoDirectoryFsync);
  if (is_first && !bug(log_bug::kNoDirectoryFsync)) {
    TRY(env_.disk.await_sync_directory(directory_));
  }
  return Done{};
}

bool PartitionLog::should_roll(ConstBytes batches, const BatchScan& scan) const {
  const Segment& segment = *segments_.back();
  if (segment.size_bytes() == 0) return false;
  if (segment.size_bytes() + batches.size() > settings_.segment_bytes) return true;
  WallTime latest{-1};
  int64_t records = 0;
  for (const BatchView& batch : scan.batches) {
    latest = std::max(latest, batch.max_timestamp());
    records += batch.record_count();
  }
  const int64_t age_ms = (settings_.segment_age - settings_.segment_jitter).ms();
  if (segment.first_timestamp() >= WallTime{0} &&
      latest.value() - segment.first_timestamp().value() > age_ms) {
    sometimes(env_.buggify, kRollByTime);
    return true;
  }
  if (segment.indexes_full(settings_.index_max_bytes)) return true;
  // An index names offsets relative to the base, in 31 bits.
  if (log_end_ + records - segment.base() > std::numeric_limits<int32_t>::max()) return true;
  return maybe(env_.buggify, kRollEarly);
}

// Costs the append a file's creation and no sync.
Result<Done, IoError> PartitionLog::await_roll() {
  sometimes(env_.buggify, kRollWithUnflushed);
  const SegmentPtr closed = segments_.back();
  TRY(await_new_segment(log_end_));
  closed->finish_time_index();
  closed->snapshot_at_end = producers_.encode_snapshot();
  if (bug(log_bug::kRollLosesBatch)) set_ends(log_end_, log_end_);
  env_.trace.event(kRolled, trace_id_, static_cast<uint64_t>(log_end_.value()), segments_.size());
  seal_in_background();
  return Done{};
}

void PartitionLog::assign_offsets(MutableBytes batches, const BatchScan& scan) {
  Offset next = log_end_;
  size_t position = 0;
  for (const BatchView& batch : scan.batches) {
    const MutableBytes bytes = batches.subspan(position, batch.bytes().size());
    set_base_offset(bytes, next);
    set_leader_epoch(bytes, epochs_.latest().value_or(LeaderEpoch{0}));
    next = next + batch.record_count();
    position += bytes.size();
  }
}

Result<Done, IoError> PartitionLog::await_write(Segment& segment, ConstBytes batches) {
  if (bug(log_bug::kShortWriteIgnored)) {
    TRY(segment.file()->await_write_at(segment.size_bytes(), {&batches, 1}));
    return Done{};
  }
  const auto written = await_write_fully(*segment.file(), segment.size_bytes(), batches);
  if (!written && bug(log_bug::kEioSwallowed)) return Done{};
  return written;
}

// The disk is full: what was written of the batch goes, and the log stays as it was.
ErrorCode PartitionLog::await_give_back_space(Segment& segment, const IoError& error) {
  if (bug(log_bug::kNoSpaceLeavesTail)) {
    const auto file_size = segment.file()->size_bytes();
    if (file_size) {
      const uint64_t from = segment.size_bytes();
      segment.skip_damage({log_end_, log_end_, from, *file_size}, Buffer(*file_size - from));
    }
    return ErrorCode::kafka_storage_error;
  }
  if (const auto cut = segment.file()->await_truncate(segment.size_bytes()); !cut) {
    return fail("cutting off what a full disk left", cut.error());
  }
  return refuse_for_space(error);
}

ErrorCode PartitionLog::refuse_for_space(const IoError& error) {
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
  if (offline_ || closing_) return {.error = ErrorCode::kafka_storage_error};
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
  if (should_roll(batches, scan)) {
    if (const auto rolled = await_roll(); !rolled) {
      return {.error = rolled.error().kind == IoErrorKind::no_space
                           ? refuse_for_space(rolled.error())
                           : fail("rolling to a new segment", rolled.error())};
    }
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
    epochs_.assigned(batch.leader_epoch(), batch.base_offset());
    next = batch.last_offset() + 1;
  }
  if (flushed_end_ == log_end_) unsynced_since_ = env_.clock.now();
  if (next > log_end_) set_ends(flushed_end_, next);
  env_.trace.event(kAppended, trace_id_, static_cast<uint64_t>(base.value()),
                   static_cast<uint64_t>(next.value()), env_.trace.digest_of(batches));
  return {.error = ErrorCode::none, .base_offset = base, .end = next};
}

uint64_t PartitionLog::size_bytes() const {
  uint64_t bytes = 0;
  for (const SegmentPtr& segment : segments_) bytes += segment->size_bytes();
  return bytes;
}

Offset PartitionLog::end_of(const Segment& segment) const {
  for (const SegmentPtr& other : segments_) {
    if (other->base() > segment.base()) return other->base();
  }
  return log_end_;
}

const PartitionLog::SegmentPtr& PartitionLog::segment_of(Offset offset) const {
  const auto after = std::upper_bound(
      segments_.begin(), segments_.end(), offset,
      [](Offset wanted, const SegmentPtr& segment) { return wanted < segment->base(); });
  CHECK(after != segments_.begin());
  return *std::prev(after);
}

}  // namespace weir
