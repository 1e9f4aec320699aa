// The recovering side of PartitionLog: what is on the disk becomes a log again, or is reported.
//
//   floor       the greater of the recovery point and the newest snapshot's name: synced once
//   snapshot    the newest valid producer snapshot: reading begins in the segment that holds it
//
//   segments below the snapshot     believed: each shows that its last batches end where the next begins
//   the one that holds it           read from there; from its start when its index does not lead there
//   those behind                    read from end to end
//   not a batch, below the floor    damage: reported, what stands behind it is served
//   not a batch, from the floor on  a torn tail: cut, with everything behind it
//   less than the floor says        damage up to the floor: no promised offset is given out twice
//
// A sync that failed once may have dropped the pages that it could not write, and the next sync says
// "done". So what is read again stays in doubt until a flush has written it anew (log_flush.cc).
#include <fmt/core.h>

#include <algorithm>

#include "broker/log/log.h"
#include "broker/log/log_bugs.h"
#include "sim/fiber/stream_io.h"

namespace weir {
namespace {

constexpr Site kCut{"log.cut"};
constexpr Site kDamaged{"log.damaged"};
constexpr Site kTailCut{"sometimes.log.tail_cut"};
constexpr Site kDamageSkipped{"sometimes.log.damage_skipped"};
constexpr Site kSetAside{"sometimes.log.segment_set_aside"};
constexpr Site kDropped{"sometimes.log.segment_dropped"};
constexpr Site kTrusted{"sometimes.log.segment_trusted"};
constexpr Site kManySegments{"sometimes.log.recovered_several_segments"};
constexpr std::string_view kComponent = "Log";
constexpr uint64_t kMaxIndexBytes = 64 << 20;
constexpr uint64_t kMaxSnapshotBytes = 256 << 20;
constexpr int kReads = 3;
constexpr uint64_t kMaxTailBytes = 64 << 20;

}  // namespace

Result<Done, IoError> PartitionLog::await_recover(const LogOpening& opening) {
  // A process that died between making a file and syncing its name leaves a name that is there for
  // us and gone after a power loss, with everything that we would sync into the file. So: first make
  // durable what recovery is about to believe in. (Found by seed 739 of power-loss.)
  if (!bug(log_bug::kRecoveryTrustsPageCache)) TRY(env_.disk.await_sync_directory(directory_));
  Files files = TRY(await_list());
  for (const std::string& name : files.to_remove) TRY(env_.disk.await_remove(directory_ + "/" + name));
  if (files.segments.size() > 1) {
    sometimes(env_.buggify, kManySegments);
    if (bug(log_bug::kOnlyLastSegmentRead)) files.segments = {files.segments.back()};
  }
  const Offset snapshot = TRY(await_restore_producers(files));
  // Its name alone says that everything below a snapshot was synced, whatever has become of its bytes.
  const Offset floor = std::max(opening.recovery_point, files.snapshots.empty()
                                                            ? Offset{0}
                                                            : files.snapshots.back());
  if (const auto epochs = await_read_file(env_.disk, directory_ + "/leader-epoch-checkpoint", 1 << 20)) {
    epochs_ = LeaderEpochs::decode(as_text(*epochs)).value_or(LeaderEpochs{});
  }
  if (!files.segments.empty()) {
    log_start_ = flushed_end_ = log_end_ = files.segments.front();
    for (size_t i = 0; i < files.segments.size(); ++i) {
      if (!TRY(await_recover_segment(files, i, floor, snapshot))) break;
    }
  }
  // Everything there was has been deleted, or is lost: no offset below the start is given out again.
  if (!segments_.empty() && opening.log_start > log_end_) {
    TRY(await_drop(files.segments, 0, false));
    segments_.clear();
  }
  if (segments_.empty()) {
    log_start_ = flushed_end_ = log_end_ = std::max(opening.log_start, floor);
    TRY(await_new_segment(log_end_));
  }
  log_start_ = std::max(log_start_, opening.log_start);
  epochs_.truncate_to(log_end_);
  const bool trusting = bug(log_bug::kRecoveryTrustsPageCache);
  set_ends(std::max(log_start_, trusting ? log_end_ : std::min(floor, log_end_)), log_end_);
  if (bug(log_bug::kProducerStateLost)) producers_.clear();
  recovered_end_ = log_end_;
  return Done{};
}

Result<PartitionLog::Files, IoError> PartitionLog::await_list() {
  Files files;
  std::vector<LogFileName> hints;
  for (const DirectoryEntry& entry : TRY(env_.disk.await_list(directory_))) {
    if (is_left_over(entry.name)) files.to_remove.push_back(entry.name);
    const auto name = parse_log_file_name(entry.name);
    if (!name) continue;
    switch (name->kind) {
      case LogFileKind::segment: files.segments.push_back(name->at); break;
      case LogFileKind::snapshot: files.snapshots.push_back(name->at); break;
      default: hints.push_back(*name);
    }
  }
  // An index whose segment was deleted before the process died.
  for (const LogFileName& hint : hints) {
    if (!std::binary_search(files.segments.begin(), files.segments.end(), hint.at)) {
      files.to_remove.push_back(log_file_name(hint.at, hint.kind));
    }
  }
  return files;
}

// The newest snapshot that is whole. Gives its offset, or -1 when there is none: then everything is
// read. Older ones that stand at no segment's base are of no use any more.
Result<Offset, IoError> PartitionLog::await_restore_producers(const Files& files) {
  snapshot_at_ = Offset{-1};
  for (size_t i = files.snapshots.size(); i-- > 0;) {
    const Offset at = files.snapshots[i];
    if (snapshot_at_ < Offset{0}) {
      if (auto state = await_read_snapshot(at)) {
        producers_ = std::move(*state);
        snapshot_at_ = at;
      }
    } else if (!std::binary_search(files.segments.begin(), files.segments.end(), at)) {
      TRY(env_.disk.await_remove(path_of(at, LogFileKind::snapshot)));
    }
  }
  return snapshot_at_;
}

// One that is not whole may have been read from the wrong place: it stays, and it is read once more.
std::optional<ProducerState> PartitionLog::await_read_snapshot(Offset at) {
  const std::string path = path_of(at, LogFileKind::snapshot);
  for (int attempt = 0; attempt < kReads; ++attempt) {
    const auto file = await_read_file(env_.disk, path, kMaxSnapshotBytes);
    auto state = file ? ProducerState::decode_snapshot(*file) : std::nullopt;
    if (state) return state;
  }
  log_line(env_.log, LogLevel::warn, kComponent, [&] {
    return fmt::format("{} is no valid producer snapshot; the log is read instead", path);
  });
  return std::nullopt;
}

// False: the log ends here, and what stands behind was dropped.
Result<bool, IoError> PartitionLog::await_recover_segment(const Files& files, size_t i, Offset floor,
                                                          Offset snapshot) {
  const std::vector<Offset>& bases = files.segments;
  const Offset base = bases[i];
  if (base < log_end_) {
    TRY(await_drop(bases, i, true));
    return false;
  }
  if (base > log_end_) {
    if (base > floor) {  // behind a torn tail: never promised
      TRY(await_drop(bases, i, false));
      return false;
    }
    lose_up_to(base);
  }
  const bool is_last = i + 1 == bases.size();
  const auto next = is_last ? std::nullopt : std::optional(bases[i + 1]);
  if (!segments_.empty()) {  // closed with this
    active().finish_time_index();
    // Below the snapshot the producers are known as they were later: nothing is said about them there.
    if (!active().sealed && base >= snapshot) active().snapshot_at_end = producers_.encode_snapshot();
  }
  std::shared_ptr<File> file = TRY(
      env_.disk.await_open(path_of(base, LogFileKind::segment), OpenMode::read_write));
  segments_.push_back(
      std::make_shared<Segment>(base, std::move(file), settings_.index_interval_bytes,
                                bug(log_bug::kTimeIndexMisordered)));
  active().name_durable = true;
  const Offset ends_at = next.value_or(snapshot);
  if (ends_at >= base && ends_at <= snapshot && TRY(await_trust(active(), ends_at))) {
    ++recovery_.segments_trusted;
    sometimes(env_.buggify, kTrusted);
    log_end_ = ends_at;
    active().sealed = next.has_value();
    if (next) active().drop_indexes();
    return true;
  }
  return await_read_again(files, i, next, floor, snapshot);
}

// The batches of one segment, one by one.
Result<bool, IoError> PartitionLog::await_read_again(const Files& files, size_t i,
                                                     std::optional<Offset> next, Offset floor,
                                                     Offset snapshot) {
  Segment& segment = active();
  // Before the scan: while it is set the checksum of what is found is kept.
  segment.in_doubt = (!next || *next > floor) && !bug(log_bug::kRecoveryTrustsPageCache);
  SegmentScan scan(env_, path_of(segment.base(), LogFileKind::segment), segment,
                   [&](const BatchView& batch) { note_batch(batch, snapshot); },
                   [&](const Segment::Damage& damage) { note_damage(segment, damage); });
  const ScanEnd end = TRY(scan.await_run({log_end_, next, floor}));
  log_end_ = end.next;
  if (end.torn) TRY(await_cut(segment, end));
  if (log_end_ < floor && !next) lose_up_to(floor);
  if (segment.size_bytes() == 0) segment.in_doubt = false;
  if (!next && bug(log_bug::kStaleIndexTrusted)) {
    const auto index = await_read_file(
        env_.disk, path_of(segment.base(), LogFileKind::offset_index), kMaxIndexBytes);
    segment.index_frozen = index.ok();
    if (index) {
      segment.set_indexes(OffsetIndex::decode(segment.base(), *index, UINT64_MAX), segment.times());
    }
  }
  // Bytes behind a segment's last batch do not part it from the next one, which says where it begins.
  const bool goes_on = !end.torn || (next && log_end_ == *next);
  if (!goes_on && next) TRY(await_drop(files.segments, i + 1, false));
  return goes_on;
}

void PartitionLog::note_batch(const BatchView& batch, Offset snapshot) {
  ++recovery_.batches;
  epochs_.assigned(batch.leader_epoch(), batch.base_offset());
  if (batch.base_offset() >= snapshot) producers_.appended(batch, batch.base_offset());
}

// Whether the segment's files show that it ends at `end`: its last batches, from the last entry of its
// index on, lead just there. Then nothing else of it is read.
Result<bool, IoError> PartitionLog::await_trust(Segment& segment, Offset end) {
  const std::shared_ptr<File> file = segment.file();
  const uint64_t file_bytes = TRY(file->size_bytes());
  if (file_bytes == 0) return end == segment.base();
  const auto index_file = await_read_file(
      env_.disk, path_of(segment.base(), LogFileKind::offset_index), kMaxIndexBytes);
  const auto time_file = await_read_file(
      env_.disk, path_of(segment.base(), LogFileKind::time_index), kMaxIndexBytes);
  if (!index_file || !time_file) return false;
  OffsetIndex offsets = OffsetIndex::decode(segment.base(), *index_file, file_bytes);
  TimeIndex times = TimeIndex::decode(segment.base(), *time_file);
  const uint64_t tail_bytes = file_bytes - offsets.last_position();
  if (tail_bytes > kMaxTailBytes) return false;
  Buffer tail(tail_bytes);
  tail.resize(TRY(await_read_fully(*file, offsets.last_position(), tail)));
  const BatchScan scan = scan_batches(tail);
  if (scan.valid_bytes != tail_bytes || scan.batches.empty()) return false;
  Offset next = scan.batches.front().base_offset();
  for (const BatchView& batch : scan.batches) {
    if (batch.base_offset() != next) return false;
    next = batch.last_offset() + 1;
  }
  if (next != end) return false;
  Buffer head(kBatchHeaderBytes);
  if (TRY(await_read_fully(*file, 0, head)) < head.size()) return false;
  const WallTime first{load_big_endian<int64_t>(head.data() + batch_at::max_timestamp)};
  segment.found(file_bytes, times.latest(), first);
  segment.set_indexes(std::move(offsets), std::move(times));
  return true;
}

Result<Done, IoError> PartitionLog::await_cut(Segment& segment, const ScanEnd& end) {
  const uint64_t cut = end.file_bytes - segment.size_bytes();
  recovery_.cut_bytes += cut;
  sometimes(env_.buggify, kTailCut);
  env_.trace.event(kCut, trace_id_, static_cast<uint64_t>(log_end_.value()), cut);
  log_line(env_.log, LogLevel::warn, kComponent, [&] {
    return fmt::format("{}: cut {} bytes after offset {}: {}",
                       path_of(segment.base(), LogFileKind::segment), cut, log_end_.value(),
                       end.why);
  });
  if (bug(log_bug::kTornTailAccepted)) {
    segment.skip_damage({log_end_, log_end_, segment.size_bytes(), end.file_bytes}, Buffer(cut));
    return Done{};
  }
  // For good: what is cut must not come back between this segment and one that is appended behind it.
  // (Found by seed 8047 of retention.)
  TRY(segment.file()->await_truncate(segment.size_bytes()));
  return segment.file()->await_sync();
}

// What was synced is gone from the end of the log.
void PartitionLog::lose_up_to(Offset floor) {
  Segment& segment = active();
  const Segment::Damage lost{log_end_, floor, segment.size_bytes(), segment.size_bytes()};
  segment.skip_damage(lost, {});
  note_damage(segment, lost);
  log_end_ = floor;
}

// The offsets of `damage` are there no more; the log goes on behind them.
void PartitionLog::note_damage(const Segment& segment, const Segment::Damage& damage) {
  recovery_.corrupt_bytes += damage.end_position - damage.position;
  ++recovery_.damages;
  sometimes(env_.buggify, kDamageSkipped);
  env_.trace.event(kDamaged, trace_id_, static_cast<uint64_t>(damage.first.value()),
                   static_cast<uint64_t>(damage.next.value()));
  log_line(env_.log, LogLevel::error, kComponent, [&] {
    return fmt::format(
        "{}: bytes {} to {} are damaged; offsets {} to {} answer CORRUPT_MESSAGE, all others are "
        "served. Restore the file from a copy, or let readers go on behind them",
        path_of(segment.base(), LogFileKind::segment), damage.position, damage.end_position,
        damage.first.value(), damage.next.value() - 1);
  });
}

// Segments that are no part of the log: behind a torn tail they were never promised and go; what does
// not fit in is kept under another name, for a person to look at.
Result<Done, IoError> PartitionLog::await_drop(const std::vector<Offset>& segments, size_t from,
                                               bool keep) {
  for (size_t i = segments.size(); i-- > from;) {
    const std::string path = path_of(segments[i], LogFileKind::segment);
    log_line(env_.log, keep ? LogLevel::error : LogLevel::warn, kComponent, [&] {
      return fmt::format("{} does not continue the log, which ends at {}; {}", path,
                         log_end_.value(), keep ? "set aside as " + path + ".stray" : "removed");
    });
    sometimes(env_.buggify, keep ? kSetAside : kDropped);
    if (keep) {
      TRY(env_.disk.await_rename(path, path + ".stray"));
      ++recovery_.segments_set_aside;
    } else {
      TRY(env_.disk.await_remove(path));
      ++recovery_.segments_dropped;
    }
  }
  return env_.disk.await_sync_directory(directory_);
}

}  // namespace weir
