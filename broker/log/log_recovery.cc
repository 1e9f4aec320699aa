// The recovering side of PartitionLog: what is on the disk becomes a log again, or is reported.
#include <fmt/core.h>

#include "broker/log/log.h"
#include "broker/log/log_bugs.h"
#include "sim/fiber/stream_io.h"

namespace weir {
namespace {

constexpr Site kCut{"log.cut"};
constexpr Site kDamaged{"log.damaged"};
constexpr Site kScanWindow{"buggify.log.scan_window"};
constexpr Site kCopyWindow{"buggify.log.copy_window"};
constexpr Site kTailCut{"sometimes.log.tail_cut"};
constexpr Site kDamageSkipped{"sometimes.log.damage_skipped"};
constexpr Site kSetAside{"sometimes.log.segment_set_aside"};
constexpr Site kManySegments{"sometimes.log.recovered_several_segments"};
constexpr std::string_view kComponent = "Log";
constexpr int kRereads = 8;
constexpr std::string_view kCopySuffix = ".recovering";

}  // namespace

Result<Done, IoError> PartitionLog::await_recover() {
  // A process that died between making a file and syncing its name leaves a name that is there for
  // us and gone after a power loss, with everything that we would sync into the file. So: first make
  // durable what recovery is about to believe in. (Found by seed 739 of power-loss.)
  const bool trusting = bug(log_bug::kRecoveryTrustsPageCache);
  if (!trusting) TRY(env_.disk.await_sync_directory(directory_));
  std::vector<Offset> bases;
  for (const DirectoryEntry& entry : TRY(env_.disk.await_list(directory_))) {
    if (const auto base = parse_segment_file_name(entry.name)) bases.push_back(*base);
    if (entry.name.ends_with(kCopySuffix)) {
      TRY(env_.disk.await_remove(directory_ + "/" + entry.name));
    }
  }
  if (bases.size() > 1) {
    sometimes(env_.buggify, kManySegments);
    if (bug(log_bug::kOnlyLastSegmentRead)) bases = {bases.back()};
  }
  for (size_t i = 0; i < bases.size(); ++i) {
    if (i == 0) log_start_ = flushed_end_ = log_end_ = bases[0];
    if (bases[i] < log_end_) {
      TRY(await_set_aside(bases, i));
      break;
    }
    if (bases[i] > log_end_) TRY(note_damage(active(), bases[i], TRY(active().file().size_bytes())));
    auto file = TRY(env_.disk.await_open(directory_ + "/" + segment_file_name(bases[i]),
                                         OpenMode::read_write));
    segments_.push_back(
        std::make_unique<Segment>(bases[i], std::move(file), settings_.index_interval_bytes));
    const bool is_last = i + 1 == bases.size();
    TRY(await_scan(active(), is_last ? std::nullopt : std::optional(bases[i + 1])));
    // Also when there is no room for the copy: a sync in place would say "done" about pages that an
    // earlier failed sync has dropped. (Found by seed 888 of disk-faults.)
    if (is_last && !trusting) TRY(await_write_anew(active()));
    set_ends(log_end_, log_end_);
  }
  if (segments_.empty()) TRY(await_new_segment(Offset{0}));
  if (bug(log_bug::kProducerStateLost)) producers_.clear();
  recovered_end_ = log_end_;
  return Done{};
}

// The batches of `scan` that continue the log become part of it. Returns how many.
size_t PartitionLog::take_in(Segment& segment, const BatchScan& scan) {
  size_t accepted = 0;
  for (const BatchView& batch : scan.batches) {
    if (batch.base_offset() != log_end_) break;
    segment.scanned(batch.bytes());
    segment.appended(batch, batch.base_offset());
    producers_.appended(batch, batch.base_offset());
    log_end_ = batch.last_offset() + 1;
    ++recovery_.batches;
    ++accepted;
  }
  return accepted;
}

// A read may come from the wrong place: where something is to be cut or given up on the word of it,
// it is repeated until three in a row agree.
Result<Buffer, IoError> PartitionLog::await_read_part(File& file, uint64_t offset, uint64_t bytes,
                                                      bool surely) {
  Buffer before;
  int agreeing = 0;
  for (int attempt = 0; attempt <= kRereads; ++attempt) {
    Buffer part(bytes);
    part.resize(TRY(await_read_fully(file, offset, part)));
    agreeing = attempt > 0 && part == before ? agreeing + 1 : 1;
    if (!surely || agreeing == 3) return part;
    before = std::move(part);
  }
  return IoError{IoErrorKind::io, directory_ + " does not read the same twice"};
}

// Reads every batch of the segment. Where they stop being valid, the last segment is cut and an
// earlier one has damage.
Result<Done, IoError> PartitionLog::await_scan(Segment& segment,
                                               std::optional<Offset> next_segment) {
  const uint64_t file_size = TRY(segment.file().size_bytes());
  const CrcCheck crc = bug(log_bug::kCrcUnchecked) ? CrcCheck::skip : CrcCheck::verify;
  uint64_t window_bytes = limit<uint64_t>(env_.buggify, kScanWindow, 1 << 20, 100);
  bool doubted = false;  // the last window had no good batch: it is read surely
  while (segment.size_bytes() < file_size) {
    const uint64_t left = file_size - segment.size_bytes();
    const uint64_t wanted = std::min(window_bytes, left);
    const Buffer window = TRY(await_read_part(segment.file(), segment.size_bytes(), wanted, doubted));
    env_.scheduler.charge(Work::checksum_bytes, window.size());
    const BatchScan scan = scan_batches(window, crc);
    const size_t accepted = take_in(segment, scan);
    if (accepted > 0) {
      doubted = false;
      continue;
    }
    if (!std::exchange(doubted, true)) continue;
    const bool all = scan.batches.empty();
    if (all && *scan.error == BatchError::too_short && window.size() < left) {
      window_bytes *= 2;  // a batch larger than the window
      continue;
    }
    const std::string_view reason = !all ? "the offsets do not continue"
                                    : *scan.error == BatchError::too_short
                                        ? "the file ends inside a batch"
                                        : name(*scan.error);
    if (!next_segment) return await_cut(segment, file_size, reason);
    if (!TRY(await_skip_damage(segment, file_size, *next_segment))) return Done{};
  }
  return Done{};
}

Result<Done, IoError> PartitionLog::await_cut(Segment& segment, uint64_t file_size,
                                              std::string_view reason) {
  const uint64_t cut = file_size - segment.size_bytes();
  recovery_.cut_bytes += cut;
  sometimes(env_.buggify, kTailCut);
  env_.trace.event(kCut, trace_id_, static_cast<uint64_t>(log_end_.value()), cut);
  log_line(env_.log, LogLevel::warn, kComponent, [&] {
    return fmt::format("{}/{}: cut {} bytes after offset {}: {}", directory_,
                       segment_file_name(segment.base()), cut, log_end_.value(), reason);
  });
  if (bug(log_bug::kTornTailAccepted)) {
    segment.skip_damage({log_end_, log_end_, segment.size_bytes(), file_size});
    return Done{};
  }
  return segment.file().await_truncate(segment.size_bytes());
}

// Looks for the next batch that could continue the log. False: there is none in this segment. The
// base offset stands outside of the checksum, so only one below the next segment's is believed.
Result<bool, IoError> PartitionLog::await_skip_damage(Segment& segment, uint64_t file_size,
                                                      Offset next_segment) {
  const Buffer rest = TRY(await_read_part(segment.file(), segment.size_bytes(),
                                          file_size - segment.size_bytes(), true));
  for (size_t at = 1; at + kBatchHeaderBytes <= rest.size(); ++at) {
    const auto batch = parse_batch(ConstBytes(rest).subspan(at));
    if (!batch || batch->base_offset() <= log_end_ || batch->base_offset() >= next_segment) {
      continue;
    }
    TRY(note_damage(segment, batch->base_offset(), segment.size_bytes() + at));
    return true;
  }
  return false;
}

// The offsets from the log's end up to `next` are there no more; the log goes on behind them.
Result<Done, IoError> PartitionLog::note_damage(Segment& segment, Offset next,
                                                uint64_t end_position) {
  const Segment::Damage damage{log_end_, next, segment.size_bytes(), end_position};
  recovery_.corrupt_bytes += end_position - segment.size_bytes();
  sometimes(env_.buggify, kDamageSkipped);
  env_.trace.event(kDamaged, trace_id_, static_cast<uint64_t>(log_end_.value()),
                   static_cast<uint64_t>(next.value()));
  log_line(env_.log, LogLevel::error, kComponent, [&] {
    return fmt::format(
        "{}/{}: bytes {} to {} are damaged; offsets {} to {} answer CORRUPT_MESSAGE, all others are "
        "served. Restore the file from a copy, or let readers go on behind them",
        directory_, segment_file_name(segment.base()), damage.position, damage.end_position,
        log_end_.value(), next.value() - 1);
  });
  segment.skip_damage(damage);
  log_end_ = next;
  return Done{};
}

// A copy that is synced and takes the old one's place: pages that an earlier sync failed to write
// look clean, and only writing them again makes them durable. Never in place: a power loss in the
// middle could then damage what was safe. What was copied is checked against what was scanned.
Result<Done, IoError> PartitionLog::await_write_anew(Segment& segment) {
  if (segment.size_bytes() == 0) return segment.file().await_sync();
  const std::string path = directory_ + "/" + segment_file_name(segment.base());
  const std::string beside = path + std::string(kCopySuffix);
  auto copy = TRY(env_.disk.await_open(beside, OpenMode::create));
  bool same = false;
  for (int attempt = 0; !same; ++attempt) {
    if (attempt > kRereads) return IoError{IoErrorKind::io, path + " does not read the same twice"};
    same = TRY(await_copy(segment, *copy)) == segment.scanned_crc();
  }
  TRY(copy->await_sync());
  TRY(env_.disk.await_rename(beside, path));
  TRY(env_.disk.await_sync_directory(directory_));
  segment.use(std::move(copy));
  return Done{};
}

// Gives the checksum of what it wrote.
Result<uint32_t, IoError> PartitionLog::await_copy(Segment& segment, File& copy) {
  const uint64_t window_bytes = limit<uint64_t>(env_.buggify, kCopyWindow, 1 << 20, 333);
  uint32_t crc = 0;
  for (uint64_t at = 0; at < segment.size_bytes();) {
    Buffer window(std::min(window_bytes, segment.size_bytes() - at));
    window.resize(TRY(await_read_fully(segment.file(), at, window)));
    if (window.empty()) return IoError{IoErrorKind::io, "the segment has become shorter"};
    TRY(await_write_fully(copy, at, window));
    crc = at == 0 ? crc32c(window) : crc32c_extend(crc, window);
    at += window.size();
  }
  return crc;
}

// Segments that do not continue the log are kept under another name, for a person to look at.
Result<Done, IoError> PartitionLog::await_set_aside(const std::vector<Offset>& bases, size_t from) {
  sometimes(env_.buggify, kSetAside);
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
