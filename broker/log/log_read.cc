// The reading side of PartitionLog: by offset, by timestamp.
#include <algorithm>

#include "broker/log/log.h"
#include "broker/log/log_bugs.h"
#include "model/record/batch_records.h"
#include "sim/fiber/stream_io.h"

namespace weir {
namespace {

constexpr uint64_t kSearchChunkBytes = 256 * 1024;

struct BatchSpan {
  Offset first;
  Offset last;
  size_t length = 0;
};

// Nothing when the header is not whole, or is no header: the medium may have rotted since recovery.
std::optional<BatchSpan> peek_batch(ConstBytes bytes) {
  if (bytes.size() < kBatchHeaderBytes) return std::nullopt;
  const int64_t length =
      int64_t{load_big_endian<int32_t>(bytes.data() + batch_at::length)} + kBatchPrefixBytes;
  if (length < static_cast<int64_t>(kBatchHeaderBytes)) return std::nullopt;
  const Offset first{load_big_endian<int64_t>(bytes.data() + batch_at::base_offset)};
  const int32_t delta = load_big_endian<int32_t>(bytes.data() + batch_at::last_offset_delta);
  return BatchSpan{first, first + delta, static_cast<size_t>(length)};
}

}  // namespace

Segment& PartitionLog::segment_of(Offset offset) {
  const auto after = std::upper_bound(segments_.begin(), segments_.end(), offset,
                                      [](Offset wanted, const std::unique_ptr<Segment>& segment) {
                                        return wanted < segment->base();
                                      });
  CHECK(after != segments_.begin());
  return **std::prev(after);
}

PartitionLog::Found PartitionLog::await_read_chunk(Segment& segment, uint64_t position, uint64_t max_bytes) {
  const uint64_t end = segment.readable_until(position);
  const uint64_t available = end - std::min(end, position);
  Found found;
  found.chunk.resize(std::min(max_bytes, available));
  const auto read = await_read_fully(segment.file(), position, found.chunk);
  if (!read) {
    found.error = fail("reading", read.error());
    return found;
  }
  found.chunk.resize(*read);
  return found;
}

PartitionLog::Read PartitionLog::await_read(Offset offset, uint64_t max_bytes) {
  if (offline_) return {.error = ErrorCode::kafka_storage_error, .records = {}};
  const Offset visible = visible_end();
  if (offset < log_start_ || offset > visible) {
    return {.error = ErrorCode::offset_out_of_range, .records = {}};
  }
  if (offset == visible) return {};
  Segment& segment = segment_of(offset);
  if (const auto behind = segment.behind_damage(offset)) {
    if (!bug(log_bug::kCorruptionSkipped)) {
      return {.error = ErrorCode::corrupt_message, .records = {}};
    }
    return await_read(*behind, max_bytes);
  }
  uint64_t position = segment.position_before(offset);
  uint64_t wanted = max_bytes + settings_.index_interval_bytes + kBatchHeaderBytes;
  for (;;) {
    Found found = await_read_chunk(segment, position, wanted);
    if (found.error != ErrorCode::none) return {.error = found.error, .records = {}};
    const ConstBytes chunk = found.chunk;
    size_t skip = 0;  // batches before the asked offset
    auto batch = peek_batch(chunk);
    while (batch && batch->last < offset && skip + batch->length < chunk.size()) {
      skip += batch->length;
      batch = peek_batch(chunk.subspan(skip));
    }
    if (!batch || batch->last < offset || skip + batch->length > chunk.size()) {
      // The first batch does not fit: at least one is always given, however large.
      const uint64_t needed = skip + (batch && batch->last >= offset ? batch->length : wanted);
      if (chunk.size() < wanted) return {.error = ErrorCode::corrupt_message, .records = {}};
      position += skip;
      wanted = std::max(needed - skip, wanted * 2);
      continue;
    }
    // The base offset stands outside of the checksum: that batches continue each other is what shows
    // that it is whole.
    if (batch->first > offset) return {.error = ErrorCode::corrupt_message, .records = {}};
    size_t end = skip + batch->length;
    Offset last = batch->last;
    for (auto next = peek_batch(chunk.subspan(end));
         next && next->first == last + 1 && next->last < visible &&
         end + next->length - skip <= max_bytes && end + next->length <= chunk.size();
         next = peek_batch(chunk.subspan(end))) {
      end += next->length;
      last = next->last;
    }
    found.chunk.resize(end);
    found.chunk.erase(found.chunk.begin(), found.chunk.begin() + static_cast<std::ptrdiff_t>(skip));
    env_.scheduler.charge(Work::copy_bytes, found.chunk.size());
    return {.error = ErrorCode::none, .records = std::move(found.chunk)};
  }
}

PartitionLog::TimeIndexAnswer PartitionLog::await_search_segment(Segment& segment, WallTime timestamp) {
  Offset at = std::max(segment.base(), log_start_);
  const Offset segment_end = [&] {
    for (const auto& other : segments_) {
      if (other->base() > segment.base()) return other->base();
    }
    return visible_end();
  }();
  while (at < std::min(segment_end, visible_end())) {
    const Read read = await_read(at, kSearchChunkBytes);
    if (read.error != ErrorCode::none) return {.error = read.error};
    const BatchScan scan = scan_batches(read.records, CrcCheck::skip);
    if (scan.batches.empty()) break;
    for (const BatchView& batch : scan.batches) {
      at = batch.last_offset() + 1;
      if (batch.max_timestamp() < timestamp) continue;
      const auto records = BatchRecords::open(batch);
      if (records) env_.scheduler.charge(Work::compress_bytes, records->decompressed_bytes());
      const auto found = records ? find_timestamp(batch, *records, timestamp) : records.error();
      // Too early is right enough, too late would hide records.
      if (!found || !*found) {
        return {.offset = batch.base_offset(), .timestamp = batch.base_timestamp()};
      }
      return {.offset = (*found)->offset, .timestamp = (*found)->timestamp};
    }
  }
  return {};
}

PartitionLog::TimeIndexAnswer PartitionLog::await_find_timestamp(WallTime timestamp) {
  // Segments are only ever added at the end, so an index survives the suspensions.
  for (size_t i = 0; i < segments_.size(); ++i) {
    if (segments_[i]->max_timestamp() < timestamp) continue;
    const TimeIndexAnswer answer = await_search_segment(*segments_[i], timestamp);
    if (answer.error != ErrorCode::none || answer.offset != kNoOffset) return answer;
  }
  return {};
}

PartitionLog::TimeIndexAnswer PartitionLog::await_find_max_timestamp() {
  WallTime greatest{-1};
  for (const auto& segment : segments_) greatest = std::max(greatest, segment->max_timestamp());
  if (greatest < WallTime{0}) return {};
  return await_find_timestamp(greatest);
}

}  // namespace weir
