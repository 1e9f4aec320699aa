#include "broker/log/log.h"

#include <fmt/core.h>

#include <algorithm>

#include "sim/fiber/stream_io.h"

namespace weir {
namespace {

constexpr Site kOpened{"log.opened"};
constexpr Site kAppended{"log.appended"};
constexpr Site kFlushed{"log.flushed"};
constexpr Site kRolled{"log.rolled"};
constexpr Site kOffline{"log.offline"};
constexpr Site kFlushLater{"log.flush_later"};
constexpr std::string_view kComponent = "Log";

}  // namespace

PartitionLog::PartitionLog(Env& env, std::string directory, const LogSettings& settings)
    : env_(env),
      directory_(std::move(directory)),
      settings_(settings),
      trace_id_(fnv1a(directory_)),
      appending_(env.scheduler),
      flushed_(env.scheduler) {}

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
  TRY(env_.disk.await_sync_directory(directory_));
  segments_.push_back(
      std::make_unique<Segment>(base, std::move(file), settings_.index_interval_bytes));
  return Done{};
}

Result<Done, IoError> PartitionLog::await_roll_if_full(size_t incoming_bytes) {
  if (active().size_bytes() == 0) return Done{};
  if (active().size_bytes() + incoming_bytes <= settings_.segment_bytes) return Done{};
  // Synced before the next one exists: only the last segment can ever have a torn tail.
  TRY(active().file().await_sync());
  set_ends(log_end_, log_end_);
  TRY(await_new_segment(log_end_));
  env_.trace.event(kRolled, trace_id_, static_cast<uint64_t>(log_end_.value()), segments_.size());
  return Done{};
}

AppendOutcome PartitionLog::await_append(MutableBytes batches) {
  const Mutex::Lock lock = appending_.await_lock();
  if (offline_) return {.error = ErrorCode::kafka_storage_error};
  const BatchScan scan = scan_batches(batches, CrcCheck::skip);
  CHECK_MSG(scan.valid_bytes == batches.size() && !scan.batches.empty(),
            "appended bytes that were not validated");
  for (const BatchView& batch : scan.batches) {
    const ProducerState::Decision decision = producers_.check(batch);
    if (decision.error != ErrorCode::none) return {.error = decision.error};
    if (decision.duplicate_of) {
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
  Offset next = base;
  size_t position = 0;
  for (const BatchView& batch : scan.batches) {
    const MutableBytes bytes = batches.subspan(position, batch.bytes().size());
    set_base_offset(bytes, next);
    set_leader_epoch(bytes, LeaderEpoch{0});
    next = next + batch.record_count();
    position += bytes.size();
  }
  Segment& segment = active();
  if (const auto written = await_write_fully(segment.file(), segment.size_bytes(), batches);
      !written) {
    return {.error = fail("appending", written.error())};
  }
  for (const BatchView& batch : scan.batches) {
    segment.appended(batch, batch.base_offset());
    producers_.appended(batch, batch.base_offset());
  }
  set_ends(flushed_end_, next);
  env_.trace.event(kAppended, trace_id_, static_cast<uint64_t>(base.value()),
                   static_cast<uint64_t>(next.value()), digest(batches));
  return {.error = ErrorCode::none, .base_offset = base, .end = next};
}

ErrorCode PartitionLog::await_durable(Offset end) {
  if (offline_) return ErrorCode::kafka_storage_error;
  if (log_end_ - flushed_end_ < settings_.flush_interval_messages) return ErrorCode::none;
  if (settings_.ack_policy == AckPolicy::before_flush) {
    env_.scheduler.spawn(kFlushLater, [this, end] { (void)await_flush(end); });
    return ErrorCode::none;
  }
  return await_flush(end);
}

ErrorCode PartitionLog::await_flush(Offset end) {
  while (flushed_end_ < end) {
    if (offline_) return ErrorCode::kafka_storage_error;
    if (flushing_) {
      flushed_.await({});
      continue;
    }
    flushing_ = true;
    // Older segments were synced when they were rolled. The active one may be rolled meanwhile, so
    // what this sync covers is read before it.
    Segment& segment = active();
    const Offset covered = log_end_;
    const auto synced = segment.file().await_sync();
    flushing_ = false;
    if (!synced) return fail("syncing", synced.error());
    if (covered > flushed_end_) set_ends(covered, log_end_);
    env_.trace.event(kFlushed, trace_id_, static_cast<uint64_t>(flushed_end_.value()));
    flushed_.wake_all();
  }
  return ErrorCode::none;
}

// --- recovery --------------------------------------------------------------------------------------

Result<Done, IoError> PartitionLog::await_recover() {
  // A process that died between making a file and syncing its name leaves a name that is there for
  // us and gone after a power loss, with everything that we would sync into the file. So: first make
  // durable what recovery is about to believe in. (Found by seed 739 of power-loss.)
  TRY(env_.disk.await_sync_directory(directory_));
  std::vector<Offset> bases;
  for (const DirectoryEntry& entry : TRY(env_.disk.await_list(directory_))) {
    if (const auto base = parse_segment_file_name(entry.name)) bases.push_back(*base);
  }
  for (size_t i = 0; i < bases.size(); ++i) {
    if (i > 0 && bases[i] != log_end_) {
      TRY(await_set_aside(bases, i));
      break;
    }
    if (i == 0) log_start_ = flushed_end_ = log_end_ = bases[0];
    auto file = TRY(env_.disk.await_open(directory_ + "/" + segment_file_name(bases[i]),
                                         OpenMode::read_write));
    segments_.push_back(
        std::make_unique<Segment>(bases[i], std::move(file), settings_.index_interval_bytes));
    const uint64_t cut = TRY(await_scan(active()));
    // Synced also when nothing was cut: what recovery has accepted must not be lost afterwards.
    TRY(active().file().await_sync());
    set_ends(log_end_, log_end_);
    if (cut > 0 && i + 1 < bases.size()) {
      TRY(await_set_aside(bases, i + 1));
      break;
    }
  }
  if (segments_.empty()) TRY(await_new_segment(Offset{0}));
  return Done{};
}

// Reads every batch of the segment; cuts the file where they stop being valid. Gives the bytes cut.
Result<uint64_t, IoError> PartitionLog::await_scan(Segment& segment) {
  const uint64_t file_size = TRY(segment.file().size_bytes());
  uint64_t window_bytes = 1 << 20;
  std::string_view reason = "the file ends inside a batch";
  while (segment.size_bytes() < file_size) {
    Buffer window(std::min(window_bytes, file_size - segment.size_bytes()));
    window.resize(TRY(await_read_fully(segment.file(), segment.size_bytes(), window)));
    env_.scheduler.charge(Work::checksum_bytes, window.size());
    const BatchScan scan = scan_batches(window);
    size_t accepted = 0;
    for (const BatchView& batch : scan.batches) {
      if (batch.base_offset() != log_end_) break;
      segment.appended(batch, batch.base_offset());
      producers_.appended(batch, batch.base_offset());
      log_end_ = batch.last_offset() + 1;
      ++recovery_.batches;
      ++accepted;
    }
    if (accepted < scan.batches.size()) {
      reason = "the offsets do not continue";
      break;
    }
    if (!scan.error) continue;
    const bool more_to_read = segment.size_bytes() + window.size() < file_size || accepted > 0;
    if (*scan.error != BatchError::too_short) {
      reason = name(*scan.error);
      break;
    }
    if (accepted == 0) {
      if (!more_to_read || window.size() < window_bytes) break;
      window_bytes *= 2;  // a batch larger than the window
    }
  }
  const uint64_t cut = file_size - segment.size_bytes();
  if (cut == 0) return cut;
  recovery_.cut_bytes += cut;
  log_line(env_.log, LogLevel::warn, kComponent, [&] {
    return fmt::format("{}/{}: cut {} bytes after offset {}: {}", directory_,
                       segment_file_name(segment.base()), cut, log_end_.value(), reason);
  });
  TRY(segment.file().await_truncate(segment.size_bytes()));
  return cut;
}

// Segments that do not continue the log are kept under another name, for a person to look at.
Result<Done, IoError> PartitionLog::await_set_aside(const std::vector<Offset>& bases, size_t from) {
  for (size_t i = from; i < bases.size(); ++i) {
    const std::string path = directory_ + "/" + segment_file_name(bases[i]);
    log_line(env_.log, LogLevel::error, kComponent, [&] {
      return fmt::format("{} does not continue the log, which ends at {}; set aside as {}.stray",
                         path, log_end_.value(), path);
    });
    TRY(env_.disk.await_rename(path, path + ".stray"));
    ++recovery_.segments_set_aside;
  }
  return env_.disk.await_sync_directory(directory_);
}

}  // namespace weir
