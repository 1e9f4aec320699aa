#include "broker/log/segment_scan.h"

#include "broker/log/log_bugs.h"
#include "sim/fiber/stream_io.h"

namespace weir {
namespace {

constexpr Site kScanWindow{"buggify.log.scan_window"};
constexpr int kRereads = 8;

bool is_planted(Env& env, const Site& bug) { return planted(env.buggify, bug); }

// Whether what follows `batch` in `bytes` agrees with its base offset. Where that cannot be told (the
// next bytes are damaged themselves, or nothing says where the segment ends) it is believed.
bool neighbours_agree(const BatchView& batch, ConstBytes behind, std::optional<Offset> next_segment) {
  Offset expected = batch.last_offset() + 1;
  for (bool compared = false; !behind.empty(); compared = true) {
    const auto next = parse_batch(behind);
    if (!next) return !compared;
    if (next->base_offset() == expected) return true;
    expected = expected + (next->last_offset_delta() + 1);
    behind = behind.subspan(next->bytes().size());
  }
  return !next_segment || expected == *next_segment;
}

}  // namespace

Result<Buffer, IoError> SegmentScan::await_read_part(uint64_t offset, uint64_t bytes, bool surely) {
  Buffer before;
  int agreeing = 0;
  for (int attempt = 0; attempt <= kRereads; ++attempt) {
    Buffer part(bytes);
    part.resize(TRY(await_read_fully(*file_, offset, part)));
    agreeing = attempt > 0 && part == before ? agreeing + 1 : 1;
    if (!surely || agreeing == 3) return part;
    before = std::move(part);
  }
  return IoError{IoErrorKind::io, path_ + " does not read the same twice"};
}

// The batches of `scan` that continue the log become part of it. Gives how many.
size_t SegmentScan::take_in(const BatchScan& scan) {
  size_t accepted = 0;
  for (const BatchView& batch : scan.batches) {
    if (batch.base_offset() != next_) break;
    segment_.appended(batch, next_);
    on_batch_(batch);
    next_ = batch.last_offset() + 1;
    ++accepted;
  }
  return accepted;
}

Result<ScanEnd, IoError> SegmentScan::await_run(const ScanGoal& goal) {
  next_ = goal.next;
  const uint64_t file_bytes = TRY(file_->size_bytes());
  const CrcCheck crc =
      is_planted(env_, log_bug::kCrcUnchecked) ? CrcCheck::skip : CrcCheck::verify;
  uint64_t window_bytes = limit<uint64_t>(env_.buggify, kScanWindow, 1 << 20, 100);
  bool doubted = false;  // the last window had no good batch: it is read surely
  while (segment_.size_bytes() < file_bytes) {
    const uint64_t left = file_bytes - segment_.size_bytes();
    const Buffer window = TRY(
        await_read_part(segment_.size_bytes(), std::min(window_bytes, left), doubted));
    env_.scheduler.charge(Work::checksum_bytes, window.size());
    const BatchScan scan = scan_batches(window, crc);
    if (take_in(scan) > 0) {
      doubted = false;
      continue;
    }
    if (!std::exchange(doubted, true)) continue;
    const bool unread = scan.batches.empty() && *scan.error == BatchError::too_short;
    if (unread && window.size() < left) {
      window_bytes *= 2;  // a batch larger than the window
      continue;
    }
    if (TRY(await_pass_damage(goal, file_bytes))) continue;
    if (segment_.size_bytes() == file_bytes) break;  // nothing behind the damage
    const std::string_view why = !scan.batches.empty() ? "the offsets do not continue"
                                 : unread              ? "the file ends inside a batch"
                                                       : name(*scan.error);
    return ScanEnd{next_, true, file_bytes, why};
  }
  return ScanEnd{next_, false, file_bytes, {}};
}

Result<bool, IoError> SegmentScan::await_pass_damage(const ScanGoal& goal, uint64_t file_bytes) {
  if (next_ >= goal.durable_floor) return false;
  const uint64_t from = segment_.size_bytes();
  const Buffer rest = TRY(await_read_part(from, file_bytes - from, true));
  const auto pass = [&](Offset next, uint64_t bytes) {
    const Segment::Damage damage{next_, next, from, from + bytes};
    segment_.skip_damage(damage, ConstBytes(rest).first(bytes));
    on_damage_(damage);
    next_ = next;
  };
  for (size_t at = 0; at + kBatchHeaderBytes <= rest.size(); ++at) {
    const ConstBytes here = ConstBytes(rest).subspan(at);
    const auto batch = parse_batch(here);
    if (!batch || batch->base_offset() <= next_) continue;
    if (goal.next_segment && batch->base_offset() >= *goal.next_segment) continue;
    if (batch->base_offset() > goal.durable_floor) continue;
    if (!neighbours_agree(*batch, here.subspan(batch->bytes().size()), goal.next_segment)) continue;
    pass(batch->base_offset(), at);
    return true;
  }
  if (goal.next_segment && *goal.next_segment <= goal.durable_floor) {
    pass(*goal.next_segment, rest.size());
  }
  return false;
}

}  // namespace weir
