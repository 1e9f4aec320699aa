#include "broker/log/segment_scan.h"

#include <map>

#include "broker/log/log_bugs.h"
#include "sim/fiber/stream_io.h"

namespace weir {
namespace {

constexpr Site kScanWindow{"buggify.log.scan_window"};
constexpr int kRereads = 8;
// Looked through at first for what stands behind damage.
constexpr uint64_t kResyncBytes = 8 << 20;

bool is_planted(Env& env, const Site& bug) { return planted(env.buggify, bug); }

struct Candidate {
  Offset first;
  Offset last;
  size_t at = 0;
  size_t bytes = 0;
  size_t score = 0;                // of the best chain that ends here
  std::optional<size_t> before;    // its last but one
};

bool continues(const Candidate& a, const Candidate& b) {
  return a.at + a.bytes == b.at && a.last + 1 == b.first;
}

// Of the batches that stand in `bytes`, the ones that most others agree with: the chain of growing
// offsets in (next, limit] with the most batches and the most pairs that continue each other. The rest
// are strays: written to the wrong place, or with an offset that has rotted. A stray is mostly a later
// write over older bytes, so of two that are as good the smaller offset counts. Gives the first of it.
std::optional<Candidate> best_continuation(ConstBytes bytes, Offset next, Offset limit,
                                           std::optional<Offset> next_segment) {
  std::vector<Candidate> all;
  std::map<Offset, size_t> best_by_last;  // scores grow with the offset; values are places in `all`
  std::optional<size_t> best;
  for (size_t at = 0; at + kBatchHeaderBytes <= bytes.size();) {
    const auto batch = parse_batch(bytes.subspan(at));
    const bool fits = batch.ok() && batch->base_offset() > next && batch->base_offset() <= limit &&
                      (!next_segment || batch->last_offset() < *next_segment);
    if (!fits) {
      at += batch ? batch->bytes().size() : 1;
      continue;
    }
    Candidate here{batch->base_offset(), batch->last_offset(), at, batch->bytes().size(), 1, {}};
    at += here.bytes;
    if (const auto after = best_by_last.lower_bound(here.first); after != best_by_last.begin()) {
      here.before = std::prev(after)->second;
      here.score = all[*here.before].score + 1;
    }
    if (!all.empty() && continues(all.back(), here) && all.back().score + 2 > here.score) {
      here.before = all.size() - 1;
      here.score = all.back().score + 2;
    }
    if (at == bytes.size() && next_segment && here.last + 1 == *next_segment) ++here.score;
    all.push_back(here);
    const size_t place = all.size() - 1;
    if (!best || here.score > all[*best].score ||
        (here.score == all[*best].score && here.last < all[*best].last)) {
      best = place;
    }
    // Kept: only those that no shorter offset beats.
    auto beaten = best_by_last.lower_bound(here.last);
    if (beaten != best_by_last.begin() && all[std::prev(beaten)->second].score >= here.score) continue;
    while (beaten != best_by_last.end() && all[beaten->second].score <= here.score) {
      beaten = best_by_last.erase(beaten);
    }
    best_by_last.emplace(here.last, place);
  }
  if (!best) return std::nullopt;
  size_t first = *best;
  while (all[first].before) first = *all[first].before;
  return all[first];
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
  const uint64_t left = file_bytes - from;
  const auto pass = [&](Offset next, ConstBytes bytes) {
    const Segment::Damage damage{next_, next, from, from + bytes.size()};
    segment_.skip_damage(damage, bytes);
    on_damage_(damage);
    next_ = next;
  };
  for (uint64_t window = std::min(kResyncBytes, left);; window = std::min(window * 4, left)) {
    const Buffer rest = TRY(await_read_part(from, window, true));
    env_.scheduler.charge(Work::checksum_bytes, rest.size());
    if (const auto found =
            best_continuation(rest, next_, goal.durable_floor, goal.next_segment)) {
      pass(found->first, ConstBytes(rest).first(found->at));
      return true;
    }
    if (window < left) continue;
    // Nothing is cut: what was promised may be in these bytes, for somebody who can read more of them.
    pass(std::min(goal.durable_floor, goal.next_segment.value_or(goal.durable_floor)), rest);
    return false;
  }
}

}  // namespace weir
